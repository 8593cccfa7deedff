"""Every way in which a store can't be reached has words and a remedy of its own."""

from __future__ import annotations

import base64
import gzip
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from ledger.helpers import open_run, verdicts

from importer import cli
from importer.errors import SettingsError, StoreUnreachable
from importer.ledger import Ledger
from importer.model import State, Store
from importer.posting import PostOptions, post_run
from importer.posting.client import (
    Client,
    NeverSent,
    NoAnswer,
    Reply,
    create_invoice,
    list_companies,
)
from importer.posting.outcomes import Kind, of_read
from importer.posting.reaching import Hurdle, hopeless, remedy_for
from importer.secret import Secret

from .raw import Act, Raw, drip, hang, http, kept, raw, serving

LIST = {"code": 200, "data": [], "meta": {"message": "Success"}}
HOST = "store.test"
VARIABLES = (
    *("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"),
    *("ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "own authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_side(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def ask(url: str, timeout: float = 5.0) -> Reply:
    with closing(Client(Store("s", "hash", url), Secret("t0ken-t0ken"), (timeout, timeout))) as it:
        return it.send(list_companies())


def hurdle(url: str) -> Hurdle | None:
    with pytest.raises(NeverSent) as caught:
        ask(url)
    assert "t0ken" not in str(caught.value)
    return caught.value.hurdle


# -- certificates


def test_own_authority_is_trusted_only_when_told_so(
    authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(http(200, LIST), tls=server_side(authority.issue_cert("127.0.0.1"))) as server:
        assert hurdle(server.url) is Hurdle.UNTRUSTED
        for variable in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
            with monkeypatch.context() as patch:
                patch.setenv(variable, bundle)
                assert ask(server.url).status == 200
        monkeypatch.setenv("SSL_CERT_FILE", "")
        assert hurdle(server.url) is Hurdle.UNTRUSTED


def test_certificate_of_another_computer_and_one_out_of_date_are_told_apart(
    authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    old = authority.issue_cert("127.0.0.1", not_before=yesterday, not_after=yesterday)
    for certificate, expected in (
        (old, Hurdle.OUTDATED),
        (authority.issue_cert("other.test"), Hurdle.OTHER_NAME),
    ):
        with serving(http(200, LIST), tls=server_side(certificate)) as server:
            assert hurdle(server.url) is expected


@pytest.mark.parametrize(
    ("content", "words"), [(None, "doesn't exist"), (b"no certificate", "without certificates")]
)
def test_file_of_certificates_that_cannot_be_used_is_one_sentence(
    content: bytes | None, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(SettingsError, match=words) as caught:
        ask("https://store.test")
    assert "SSL_CERT_FILE" in str(caught.value)
    assert caught.value.remedy


# -- nobody there


def test_nobody_at_the_address_and_no_such_name_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert hurdle(f"http://127.0.0.1:{port}") is Hurdle.CONNECTION
    assert hurdle("https://store.invalid") is Hurdle.NAME


def test_what_speaks_no_tls_is_a_hurdle_of_its_own() -> None:
    with serving(raw(b"this is no TLS"), reading=False) as server:
        assert hurdle(server.url.replace("http:", "https:")) is Hurdle.TLS


def test_each_hurdle_has_a_remedy_of_its_own() -> None:
    assert len({remedy_for(one) for one in (*Hurdle, None)}) == len(Hurdle) + 1


# -- proxies


class Proxy(Raw):
    """A CONNECT proxy that leads every name to one server on this machine."""

    def __init__(self, target: int, login: str | None, refuses: bool = False) -> None:
        self._target = target
        self._login = login
        self._refuses = refuses
        super().__init__(self._connect, reading=True)

    def _connect(self, client: socket.socket) -> None:
        wanted = self._login and base64.b64encode(self._login.encode())
        if wanted and b"Proxy-Authorization: Basic " + wanted not in self.seen[-1]:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        elif self._refuses:
            client.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        else:
            with socket.create_connection(("127.0.0.1", self._target)) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _carry(client, server)


def _carry(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes on both ways until either end closes."""
    with suppress(OSError):
        while True:
            for source in select.select([one, other], [], [])[0]:
                data = source.recv(65536)
                if not data:
                    return
                (other if source is one else one).sendall(data)


@pytest.fixture
def behind_a_proxy(
    authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., object]:
    """Opens a store that only a proxy reaches; the environment names the store's authority."""

    @contextmanager
    def start(login: str | None = None, refuses: bool = False) -> Iterator[tuple[Raw, Proxy]]:
        monkeypatch.setenv("SSL_CERT_FILE", bundle)
        certificate = server_side(authority.issue_cert(HOST))
        with serving(http(200, LIST), tls=certificate) as store:
            proxy = Proxy(store.port, login, refuses)
            try:
                yield store, proxy
            finally:
                proxy.close()

    return start


def test_store_is_reached_through_the_proxy_and_the_token_stays_inside(
    behind_a_proxy: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind_a_proxy() as (store, proxy):  # type: ignore[attr-defined]
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert ask(f"https://{HOST}/api").status == 200
        assert b"t0ken-t0ken" in store.seen[0]
        assert b"t0ken-t0ken" not in proxy.seen[0]
        monkeypatch.setenv("NO_PROXY", HOST)
        assert hurdle(f"https://{HOST}/api") is Hurdle.NAME


def test_proxy_that_wants_a_login_gets_the_one_of_the_environment(
    behind_a_proxy: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind_a_proxy(login="ann:s3cret") as (_, proxy):  # type: ignore[attr-defined]
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert hurdle(f"https://{HOST}/api") is Hurdle.PROXY_LOGIN
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//ann:wrong@"))
        with pytest.raises(NeverSent) as caught:
            ask(f"https://{HOST}/api")
        assert "wrong" not in str(caught.value)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//ann:s3cret@"))
        assert ask(f"https://{HOST}/api").status == 200


def test_proxy_that_refuses_or_is_not_there_is_told_apart(
    behind_a_proxy: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind_a_proxy(refuses=True) as (_, proxy):  # type: ignore[attr-defined]
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert hurdle(f"https://{HOST}/api") is Hurdle.PROXY_REFUSES
    assert hurdle(f"https://{HOST}/api") is Hurdle.PROXY
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:9")
    assert hurdle(f"https://{HOST}/api") is Hurdle.PROXY


# -- answers that have no end


HEAD = b"HTTP/1.1 200 OK\r\n"
ENDLESS = [
    ("headers", drip(HEAD + b"X-Filler: " + b"x" * 50_000)),
    ("body", drip(HEAD + b"Content-Length: 50000\r\n\r\n" + b" " * 50_000)),
    ("chunks", drip(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 10_000)),
    ("interim answers", drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 2_000)),
]


@pytest.mark.parametrize("act", [one for _, one in ENDLESS], ids=[name for name, _ in ENDLESS])
def test_answer_that_drips_has_one_time_for_all_of_it(act: Act) -> None:
    with serving(act) as server, pytest.raises(NoAnswer, match=r"no whole answer within 0\.3 s"):
        ask(server.url, timeout=0.3)


def test_slow_answer_in_time_is_read_whole() -> None:
    text = b'{"code":200,"data":[]}'
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(text)
    with serving(drip(head + text)) as server:
        assert ask(server.url, timeout=20).body == {"code": 200, "data": []}


def test_answer_that_is_too_large_is_given_up_also_when_it_is_packed() -> None:
    blown_up = gzip.compress(b" " * 30_000_000)
    plain = (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + (b"100000\r\n%b\r\n" % (b" " * 2**20)) * 30
    )
    for act in (http(200, blown_up, "Content-Encoding: gzip"), raw(plain)):
        with serving(act) as server, pytest.raises(NoAnswer, match="more than 20 MB"):
            ask(server.url)


# -- connections that are used again


def answer(ident: int) -> bytes:
    text = b'{"code":200,"data":{"id":%d},"meta":{"message":"Success"}}' % ident
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(text) + text


def ids(server: Raw, requests: int) -> list[int]:
    with closing(Client(Store("s", "hash", server.url), Secret("t"), (5, 5))) as client:
        replies = [client.send(create_invoice("{}")) for _ in range(requests)]
    return [reply.body["data"]["id"] for reply in replies if reply.body]


def test_kept_connection_is_used_again() -> None:
    with serving(kept(answer(1), answer(2), answer(3))) as server:
        assert ids(server, 3) == [1, 2, 3]
        assert len(server.seen) == 1


@pytest.mark.parametrize("secure", [False, True])
def test_connection_that_holds_more_than_the_answer_is_not_used_again(
    secure: bool, authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    tls = server_side(authority.issue_cert("127.0.0.1")) if secure else None
    with serving(kept(answer(1) + answer(99), answer(98)), tls=tls) as server:
        assert ids(server, 2) == [1, 1]
        assert len(server.seen) == 2


def test_connection_without_an_answer_is_not_used_again() -> None:
    def late(connection: socket.socket) -> None:
        if len(server.seen) == 1:
            hang(connection)
        else:
            connection.sendall(answer(len(server.seen)))

    with serving(late) as server:
        store = Store("s", "hash", server.url)
        with closing(Client(store, Secret("t"), (0.2, 0.2))) as client:
            with pytest.raises(NoAnswer):
                client.send(create_invoice("{}"))
            reply = client.send(create_invoice("{}"))
    assert reply.body is not None
    assert reply.body["data"] == {"id": 2}


@pytest.mark.parametrize(("passes", "kind"), [(0, NeverSent), (1, NoAnswer)])
def test_request_that_was_held_back_here_met_no_hurdle(
    passes: int, kind: type[NeverSent | NoAnswer]
) -> None:
    left = [None] * passes

    def guard() -> None:
        if not left:
            raise NeverSent("too late")
        left.pop()

    with serving(http(200, LIST)) as server:
        store = Store("s", "hash", server.url)
        client = Client(store, Secret("t"), (5, 5))
        with closing(client), pytest.raises(kind, match=r"^too late$") as caught:
            client.send(create_invoice("{}"), guard)
    assert getattr(caught.value, "hurdle", None) is None


# -- addresses


@pytest.mark.parametrize(
    "url",
    [
        "https://api-b2b.bigcommerce.com",
        "https://api-b2b.bigcommerce.com/",
        "https://exa mple.com",
        "https://example.com?x=1",
        "https://ann:pw@example.com",
        "https://example.com:99999",
    ],
)
def test_odd_address_is_one_sentence(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Client(Store("s", "hash", url), Secret("t"), (5, 5))
    assert caught.value.remedy


def test_blanks_around_an_address_do_no_harm() -> None:
    with serving(http(200, LIST)) as server:
        assert ask(f"  {server.url}/ \n").status == 200


# -- what a person sees


def test_run_ends_at_once_when_trying_again_cannot_help(
    ledger: Ledger, authority: trustme.CA
) -> None:
    patient = PostOptions(breaker=1_000_000, backoff=0.01, poll=0.05)
    with serving(http(200, LIST), tls=server_side(authority.issue_cert("127.0.0.1"))) as server:
        run_id = open_run(ledger, verdicts(3))
        store = Store("Test store", "sandbox", server.url)
        with pytest.raises(StoreUnreachable, match="isn't trusted here") as caught:
            post_run(ledger, run_id, store, Secret("t"), options=patient)
    assert "SSL_CERT_FILE" in caught.value.remedy
    assert ledger.counts(run_id)[State.PENDING] == 3


def test_firewalls_page_stops_the_run_with_its_own_remedy(ledger: Ledger) -> None:
    quick = PostOptions(breaker=2, backoff=0.01, poll=0.05)
    page = "<html><title>Blocked</title>Access denied. Incident 1742</html>"
    with serving(http(403, page)) as server:
        run_id = open_run(ledger, verdicts(2))
        store = Store("Test store", "sandbox", server.url)
        with pytest.raises(StoreUnreachable, match=r"a firewall\) blocks us") as caught:
            post_run(ledger, run_id, store, Secret("t"), options=quick)
    assert "let this computer's requests through" in caught.value.remedy
    assert "Incident 1742" in str(caught.value)
    assert ledger.counts(run_id)[State.PENDING] == 2


def test_wrong_address_rejects_no_invoice(ledger: Ledger) -> None:
    with serving(http(404, {"status": 404, "title": "Not found"})) as server:
        run_id = open_run(ledger, verdicts(20))
        store = Store("Test store", "sandbox", server.url)
        with pytest.raises(StoreUnreachable, match="isn't the address"):
            post_run(ledger, run_id, store, Secret("t"), options=PostOptions(poll=0.05))
    assert ledger.counts(run_id)[State.PENDING] == 20


def test_store_test_says_what_is_in_the_way(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IMPORTER_TOKEN_ACME", "t0ken-t0ken")
    with serving(http(200, LIST), tls=server_side(authority.issue_cert("127.0.0.1"))) as server:
        assert cli.main(["store", "add", "acme", "--hash", "abc123", "--base-url", server.url]) == 0
        assert cli.main(["store", "test", "acme"]) == 3
    said = " ".join(capsys.readouterr().err.split())
    assert "isn't trusted here" in said
    assert "SSL_CERT_FILE" in said


def test_only_what_a_person_must_change_is_hopeless() -> None:
    assert hopeless(Hurdle.UNTRUSTED)
    assert hopeless(Hurdle.PROXY_LOGIN)
    assert not any(map(hopeless, (None, Hurdle.NAME, Hurdle.CONNECTION, Hurdle.PROXY)))
    busy = Reply(403, {}, None, "<html>no</html>", 0.0, None)
    assert (of_read(busy).kind, of_read(busy).hurdle) == (Kind.BLOCKED, Hurdle.FIREWALL)
    assert not hopeless(Hurdle.FIREWALL)
    assert of_read(Reply(407, {}, None, "", 0.0, None)).hurdle is Hurdle.PROXY_LOGIN
