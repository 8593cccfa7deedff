import json
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading

import pytest
import requests

from importer import sandbox
from tests.waiting import until

SECOND_PROCESS = """
import json, sys
from pathlib import Path
import requests
from importer import sandbox
with sandbox.running(Path(sys.argv[1]), limit=100_000) as store:
    headers = {"X-Auth-Token": store.token, "X-Store-Hash": store.store_hash}
    codes = []
    for line in sys.stdin:
        sent = requests.post(store.base_url + "/ip/invoices", json=json.loads(line),
                             headers=headers, timeout=30)
        codes.append(sent.json()["code"])
    print(json.dumps(codes))
"""
FOREGROUND = """
import sys
from pathlib import Path
from importer import sandbox
sandbox.serve(Path(sys.argv[1]), port=0, on_ready=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


def test_invoices_outlast_the_server(start, connect, invoice, tmp_path):
    data = tmp_path / "other.db"
    with sandbox.running(data) as store:
        connect(store).create(invoice("A"))
    with sandbox.running(data) as store:
        assert [kept["invoiceNumber"] for kept in store.invoices()] == ["A"]
        assert connect(store).create(invoice("A")).json()["code"] == 400
        assert store.stats()["emails"] == 1


def test_two_processes_on_one_file_never_hold_a_number_twice(start, connect, invoice, tmp_path):
    store = start()
    client = connect(store)
    bodies = [invoice(f"N{number}") for number in range(100)]
    other = subprocess.Popen(
        [sys.executable, "-c", SECOND_PROCESS, str(tmp_path / "sandbox.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        answers = []
        writer = threading.Thread(
            target=lambda: answers.append(
                other.communicate("".join(json.dumps(body) + "\n" for body in bodies))[0]
            )
        )
        writer.start()
        ours = [client.create(body).json()["code"] for body in bodies]
        writer.join()
    theirs = json.loads(answers[0])
    assert sorted([*ours, *theirs]) == [200] * 100 + [400] * 100
    assert len(store.invoices()) == 100
    assert store.stats()["emails"] == 100


def test_reset_empties_store_outbox_counts_and_faults(client, store, invoice):
    first = client.create(invoice("A")).json()["data"]["id"]
    store.set_fault("503")
    store.reset()
    counts = store.stats()
    assert (counts["requests"], counts["invoices"], counts["emails"]) == (0, 0, 0)
    assert store.faults() == []
    assert client.create(invoice("A")).json()["data"]["id"] > first


def test_the_file_can_be_emptied_from_outside(start, connect, invoice, tmp_path):
    store = start()
    client = connect(store)
    client.create(invoice("A"))
    sandbox.reset(tmp_path / "sandbox.db")
    assert store.invoices() == []
    assert client.create(invoice("A")).json()["code"] == 200


def test_a_file_that_is_no_store_is_left_alone(tmp_path):
    data = tmp_path / "letter.txt"
    data.write_text("Dear customer, " * 200)
    with pytest.raises(sqlite3.DatabaseError), sandbox.running(data):
        pass
    assert data.read_text().startswith("Dear customer")


def test_a_port_in_use_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=r"[Aa]ddress"), sandbox.running(tmp_path / "s.db", port):
            pass


def test_stopping_ends_what_hangs(tmp_path, connect, invoice):
    caught = []

    def post(client):
        try:
            client.create(invoice())
        except requests.ConnectionError as error:
            caught.append(error)

    with sandbox.running(tmp_path / "s.db", faults=["hang:seconds=3600"]) as store:
        waiting = threading.Thread(target=post, args=(connect(store),))
        waiting.start()
        until(lambda: store.stats()["unanswered"])
    waiting.join()
    assert len(caught) == 1


def test_the_foreground_server_says_its_address_and_ends_on_ctrl_c(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", FOREGROUND, str(tmp_path / "s.db")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert requests.get(url, timeout=30).status_code == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out.strip(), err) == (0, "stopped", "")


def test_clients_that_die_leave_no_word_on_the_console(tmp_path, invoice):
    body = json.dumps(invoice()).encode()
    whole = (
        b"POST /api/v3/io/ip/invoices HTTP/1.1\r\nHost: store\r\nX-Auth-Token: sandbox-token\r\n"
        b"X-Store-Hash: sandbox\r\nContent-Type: application/json\r\nX-Sandbox-Fault: %b\r\n"
        b"Content-Length: %d\r\n\r\n%b"
    )
    with subprocess.Popen(
        [sys.executable, "-c", FOREGROUND, str(tmp_path / "s.db")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        place = ("127.0.0.1", int(url.rpartition(":")[2]))
        for fault in FAULTS_TO_DIE_IN:
            request = whole % (fault, len(body), body)
            for sent in (request[:60], request[:-20], request, b"nonsense\r\n\r\n"):
                die(place, sent)
        stalled = socket.create_connection(place)
        stalled.sendall((whole % (b"503", len(body), body))[:-5])
        assert requests.get(url + "/_sandbox/stats", timeout=30).status_code == 200
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        stalled.close()
    assert (process.returncode, out.strip(), err) == (0, "stopped", "")


FAULTS_TO_DIE_IN = (
    b"latency:seconds=0.01",
    b"hang:seconds=0.01",
    b"drip:seconds=0.01",
    b"reset-after",
    b"cut-off",
    b"500",
)


def die(place, sent):
    """Send something, then vanish as a killed process does: with RST."""
    with socket.create_connection(place) as client:
        client.sendall(sent)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_importing_the_sandbox_is_cheap():
    heavy = "{'fastapi', 'uvicorn', 'pydantic', 'sqlite3', 'sqlalchemy'}"
    asked = f"import sys, importer.sandbox; print(sorted({heavy} & set(sys.modules)))"
    shown = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"
