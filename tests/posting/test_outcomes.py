"""The outcome table, against a server that really answers, resets or hangs so."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from importer.errors import SettingsError
from importer.model import Store
from importer.posting.client import Client, NeverSent, NoAnswer, create_invoice
from importer.posting.outcomes import Kind, Outcome, of_create
from importer.secret import Secret

from .raw import Act, hang, http, raw, reset, serving, silence


def create(url: str, timeout: float = 5.0) -> Outcome:
    client = Client(Store("s", "hash", url), Secret("t0ken"), (timeout, timeout))
    try:
        answer: Any = client.send(create_invoice('{"invoiceNumber":"A"}'))
    except (NeverSent, NoAnswer) as problem:
        answer = problem
    finally:
        client.close()
    return of_create(answer)


def body(code: Any = 200, data: Any = None, message: str = "Success") -> dict[str, Any]:
    return {"code": code, "data": {} if data is None else data, "meta": {"message": message}}


def said(code: int, text: str) -> dict[str, Any]:
    return body(code, {"errMsg": text}, "Bad Requests Error")


EXISTS = "The invoice number already exists."
HTML = "<html><body>Sorry</body></html>"
WHOLE = b'{"code":200,"data":{"id":7},"meta":{"message":"Success"}}'
CASES: list[tuple[str, Act, Kind]] = [
    ("created", http(200, body(200, {"id": 7})), Kind.DONE),
    ("created with 201", http(201, body(200, {"id": "7"})), Kind.DONE),
    ("code as text", http(200, body("200", {"id": 7})), Kind.DONE),
    ("no ID", http(200, body(200)), Kind.UNKNOWN),
    ("ID that is none", http(200, body(200, {"id": None})), Kind.UNKNOWN),
    ("ID that is true", http(200, body(200, {"id": True})), Kind.UNKNOWN),
    ("data is a list", http(200, body(200, [])), Kind.UNKNOWN),
    ("no code", http(200, {"data": {"id": 7}}), Kind.UNKNOWN),
    ("created, says the body", http(200, body(201, {"id": 7})), Kind.DONE),
    ("odd code", http(200, body(299, {"id": 7})), Kind.DONE),
    ("code below", http(200, body(0, {"id": 7})), Kind.UNKNOWN),
    ("no content", raw(b"HTTP/1.1 204 X\r\n\r\n"), Kind.UNKNOWN),
    ("empty answer", http(200, b""), Kind.UNKNOWN),
    ("HTML under 200", http(200, HTML), Kind.UNKNOWN),
    ("half of the JSON", http(200, WHOLE[:30]), Kind.UNKNOWN),
    ("JSON that is no object", http(200, b"[1]"), Kind.UNKNOWN),
    ("not UTF-8", http(200, b"\xff\xfe\x00"), Kind.UNKNOWN),
    ("nested without end", http(200, b"[" * 100_000), Kind.UNKNOWN),
    ("cut off", raw(b"HTTP/1.1 200 X\r\nContent-Length: 57\r\n\r\n" + WHOLE[:20]), Kind.UNKNOWN),
    (
        "chunk cut off",
        raw(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n39\r\n" + WHOLE[:20]),
        Kind.UNKNOWN,
    ),
    (
        "not the compression it says",
        http(200, WHOLE, "Content-Encoding: gzip"),
        Kind.UNKNOWN,
    ),
    ("not HTTP", raw(b"SSH-2.0-OpenSSH_9.6\r\n"), Kind.UNKNOWN),
    ("closed without a word", silence, Kind.UNKNOWN),
    ("reset after sending", reset, Kind.UNKNOWN),
    ("exists, as documented", http(200, said(400, EXISTS)), Kind.EXISTS),
    ("exists with status 400", http(400, said(400, EXISTS)), Kind.EXISTS),
    ("order has one", http(200, said(400, "The order already has an invoice.")), Kind.REJECTED),
    ("refused under 200", http(200, said(400, "customerId is invalid")), Kind.REJECTED),
    ("422", http(422, body(422, {"dueDate": ["must be a number"]})), Kind.REJECTED),
    ("404 from the API", http(404, said(404, "Company does not exist")), Kind.REJECTED),
    ("413", http(413, said(413, "too many objects")), Kind.REJECTED),
    ("400 by somebody else", http(400, HTML), Kind.REJECTED),
    ("413 by somebody else", http(413, HTML), Kind.REJECTED),
    ("422 in plain text", http(422, b"no such company"), Kind.REJECTED),
    ("409 without content", http(409, b""), Kind.REJECTED),
    ("404 of a framework", http(404, {"status": 404, "title": "Not found"}), Kind.ASTRAY),
    ("404 of a gateway", http(404, {"message": "no Route matched"}), Kind.ASTRAY),
    ("404 that repeats the path", http(404, {"message": "Cannot POST /ip/invoices"}), Kind.ASTRAY),
    ("404 in the envelope alone", http(404, body(404, {}, "Not Found Error")), Kind.ASTRAY),
    ("405 of a framework", http(405, {"detail": 'Method "POST" not allowed.'}), Kind.ASTRAY),
    ("404 under 200", http(200, {"code": 404, "message": "Not found"}), Kind.ASTRAY),
    ("no such order", http(404, {"title": "Order 104 not found"}), Kind.REJECTED),
    ("404 by somebody else", http(404, HTML), Kind.ASTRAY),
    ("redirect", http(302, b"", "Location: http://127.0.0.1:9/x"), Kind.ASTRAY),
    ("permanent redirect", http(308, b"", "Location: https://example.com"), Kind.ASTRAY),
    ("401", http(401, body(401)), Kind.REFUSED),
    ("401 under 200", http(200, body(401)), Kind.REFUSED),
    ("401 in HTML", http(401, HTML), Kind.REFUSED),
    ("403", http(403, body(403)), Kind.REFUSED),
    ("403 in HTML", http(403, HTML), Kind.BLOCKED),
    ("406 of a firewall", http(406, HTML), Kind.BLOCKED),
    ("451 by somebody", http(451, b"no"), Kind.BLOCKED),
    ("407 in JSON", http(407, body(407)), Kind.BLOCKED),
    ("429", http(429, body(429)), Kind.BUSY),
    ("429 under 200", http(200, body(429)), Kind.BUSY),
    ("429 in HTML", http(429, HTML), Kind.BUSY),
    ("500", http(500, body(500)), Kind.TROUBLE),
    ("500 under 200", http(200, body(500)), Kind.TROUBLE),
    ("503 in HTML", http(503, HTML), Kind.TROUBLE),
    ("408", http(408, b""), Kind.TROUBLE),
    ("gateway lost it", http(502, HTML), Kind.UNKNOWN),
    ("gateway waited in vain", http(504, HTML), Kind.UNKNOWN),
    ("origin timed out", http(524, b""), Kind.UNKNOWN),
    ("success of another kind", http(299, body(202, {"id": 7})), Kind.DONE),
]


@pytest.mark.parametrize(("act", "kind"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_answer_means(act: Act, kind: Kind) -> None:
    with serving(act) as server:
        outcome = create(server.url)
    assert outcome.kind is kind
    assert (outcome.store_invoice_id == "7") == (kind is Kind.DONE)
    assert len(server.seen) == 1, "a request was sent again, or along a redirect"


def test_no_answer_in_time_is_unknown() -> None:
    with serving(hang) as server:
        outcome = create(server.url, timeout=0.2)
    assert outcome.kind is Kind.UNKNOWN
    assert "no whole answer within 0.2 s" in outcome.said


def test_refused_connection_was_never_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    outcome = create(f"http://127.0.0.1:{port}")
    assert outcome.kind is Kind.UNSENT
    assert "refused" in outcome.said.lower()


def test_unknown_host_was_never_sent() -> None:
    assert create("https://store.invalid").kind is Kind.UNSENT


def test_failed_tls_handshake_was_never_sent() -> None:
    with serving(raw(b"this is no TLS"), reading=False) as server:
        outcome = create(server.url.replace("http:", "https:"))
    assert outcome.kind is Kind.UNSENT
    assert "no secure connection" in outcome.said


def test_connection_closed_while_shaking_hands_was_never_sent() -> None:
    with serving(silence, reading=False) as server:
        assert create(server.url.replace("http:", "https:")).kind is Kind.UNSENT


def test_kept_connection_that_dies_on_the_second_request_is_unknown() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    bodies: list[bytes] = []

    def serve() -> None:
        with listener.accept()[0] as connection:
            for _ in range(2):
                data = b""
                while b'"A"}' not in data:
                    data += connection.recv(65536)
                bodies.append(data)
                if len(bodies) == 1:
                    head = f"HTTP/1.1 200 X\r\nContent-Length: {len(WHOLE)}\r\n\r\n"
                    connection.sendall(head.encode() + WHOLE)
            reset(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    client = Client(Store("s", "hash", url), Secret("t0ken"), (5, 5))
    request = create_invoice('{"invoiceNumber":"A"}')
    assert of_create(client.send(request)).kind is Kind.DONE
    with pytest.raises(NoAnswer):
        client.send(request)
    thread.join()
    listener.close()
    client.close()
    assert len(bodies) == 2


@pytest.mark.parametrize(
    "url", ["http://example.com", "http://10.0.0.1/api", "ftp://127.0.0.1", "127.0.0.1", ""]
)
def test_token_never_travels_unprotected(url: str) -> None:
    with pytest.raises(SettingsError):
        Client(Store("s", "hash", url), Secret("t0ken"), (5, 5))


def test_proxy_of_the_environment_never_gets_a_local_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(http(200, WHOLE)) as proxy, serving(http(200, WHOLE)) as server:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        assert create(server.url).kind is Kind.DONE
        assert proxy.seen == []


@pytest.mark.parametrize("token", ["hush\n", " hush", "", "hush\r\nX: y", "hüsh"])
def test_token_that_cannot_be_a_header_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Client(Store("s", "hash", "https://example.com"), Secret(token), (5, 5))
    assert "hush" not in str(caught.value)


def test_errors_do_not_carry_the_token() -> None:
    with serving(reset) as server:
        client = Client(Store("s", "hash", server.url), Secret("t0ken"), (5, 5))
        with pytest.raises(NoAnswer) as caught:
            client.send(create_invoice("{}"))
        client.close()
        assert b"t0ken" in server.seen[0]
    problem: Any = caught.value
    assert problem.request is None
    assert problem.__cause__ is None
    assert problem.__context__ is None
    assert "t0ken" not in repr(problem)
