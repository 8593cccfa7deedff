"""Pure: why a store couldn't be reached, in words, and what a person can do about it."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum

import requests
from urllib3.exceptions import NameResolutionError, ProxyError

from importer.errors import StoreUnreachable


class Hurdle(StrEnum):
    """What is between this computer and the store."""

    NAME = "name"  # no computer of that name
    CONNECTION = "connection"  # nobody answers at that address
    UNTRUSTED = "untrusted"  # a certificate of a stranger, or of an authority of one's own
    OUTDATED = "outdated"  # a certificate that isn't valid now
    OTHER_NAME = "other-name"  # a certificate of another computer
    TLS = "tls"  # no secure connection, for another reason
    PROXY = "proxy"  # the proxy can't be reached
    PROXY_LOGIN = "proxy-login"  # the proxy wants a user name and a password
    PROXY_REFUSES = "proxy-refuses"  # the proxy doesn't let us through
    FIREWALL = "firewall"  # something in front of the store answers in its place
    ADDRESS = "address"  # what answers isn't the store's API


_HOPELESS = frozenset(
    {
        Hurdle.UNTRUSTED,
        Hurdle.OUTDATED,
        Hurdle.OTHER_NAME,
        Hurdle.PROXY_LOGIN,
        Hurdle.PROXY_REFUSES,
        Hurdle.ADDRESS,
    }
)
_REMEDIES = {
    Hurdle.NAME: "Check the network and the store's address (importer store list). If this "
    "computer reaches the Internet through a proxy, set HTTPS_PROXY.",
    Hurdle.CONNECTION: "Check that the network is up and that the store's address is right "
    "(importer store list). If this computer reaches the Internet through a proxy, set "
    "HTTPS_PROXY.",
    Hurdle.UNTRUSTED: "If your company has a certificate authority of its own, set SSL_CERT_FILE "
    "to the file with its certificates (PEM); ask your network's administrator for it.",
    Hurdle.OUTDATED: "Check that this computer's date is right. If it is, whoever runs the "
    "server has to renew its certificate.",
    Hurdle.OTHER_NAME: "Check that the store's address is right (importer store list). If it is, "
    "ask your network's administrator what answers in its place.",
    Hurdle.TLS: "Check that the host and port of the store's address are right (importer store "
    "list), and ask your network's administrator whether secure connections to it are let through.",
    Hurdle.PROXY: "Check that HTTPS_PROXY holds the proxy's address, or list the store's host in "
    "NO_PROXY if it can be reached without one.",
    Hurdle.PROXY_LOGIN: "Put your user name and password into HTTPS_PROXY: "
    "http://USER:PASSWORD@HOST:PORT, with special characters percent-encoded.",
    Hurdle.PROXY_REFUSES: "Ask your network's administrator to let the store's host through the "
    "proxy, or list it in NO_PROXY if it can be reached without one.",
    Hurdle.FIREWALL: "Ask your network's administrator or the store's owner to let this "
    "computer's requests through.",
    Hurdle.ADDRESS: "Check the store's base URL (importer store list).",
}
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_OTHERWISE = "Check the connection, and that the store hash belongs to the token."
_VERIFY_OUTDATED = (9, 10)  # OpenSSL's X509_V_ERR_: CERT_NOT_YET_VALID, CERT_HAS_EXPIRED
_VERIFY_NAME = (62, 64)  # HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH


def remedy_for(hurdle: Hurdle | None) -> str:
    """Say what a person can do about it; None: the store was reached, or nobody knows."""
    return _REMEDIES.get(hurdle, _OTHERWISE) if hurdle else _OTHERWISE


def hopeless(hurdle: Hurdle | None) -> bool:
    """Whether trying again can't help until somebody changes something."""
    return hurdle in _HOPELESS


def unreachable(name: str, said: str, hurdle: Hurdle | None, then: str) -> StoreUnreachable:
    """Give the error that ends a command: what is wrong, and the remedy followed by `then`."""
    if hurdle is Hurdle.FIREWALL:
        why = f"Something in front of {name} (a firewall) blocks us"
    elif hurdle is None or hurdle is Hurdle.ADDRESS:
        why = f"{name} doesn't answer properly"
    else:
        why = f"{name} can't be reached"
    return StoreUnreachable(f"{why}: {said}.", f"{remedy_for(hurdle)} {then}".strip())


def hurdle_of(problem: BaseException) -> Hurdle:
    """Say why a connection didn't open, from what requests, urllib3 and OpenSSL raised."""
    chain = [*causes_of(problem)]
    if answer := _TUNNEL.search(" ".join(map(str, chain))):
        return Hurdle.PROXY_LOGIN if answer[1] == "407" else Hurdle.PROXY_REFUSES
    if any(_is_proxys(one) for one in chain):
        return Hurdle.PROXY
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            if one.verify_code in _VERIFY_OUTDATED:
                return Hurdle.OUTDATED
            return Hurdle.OTHER_NAME if one.verify_code in _VERIFY_NAME else Hurdle.UNTRUSTED
    if any(isinstance(one, ssl.SSLError | requests.exceptions.SSLError) for one in chain):
        return Hurdle.TLS
    if any(isinstance(one, socket.gaierror | NameResolutionError) for one in chain):
        return Hurdle.NAME
    return Hurdle.CONNECTION


def words_for(hurdle: Hurdle, problem: BaseException, host: str, proxy: str | None) -> str:
    """Say in a few words what broke, without the nesting of the libraries."""
    inner = [*causes_of(problem)][-1]
    detail = getattr(inner, "strerror", None) or str(inner).rpartition(": ")[2]
    if isinstance(inner, ssl.SSLCertVerificationError):
        detail = inner.verify_message
    way = f" through the proxy {proxy}" if proxy else ""
    if hurdle is Hurdle.NAME:
        return f"no computer named {host} was found"
    if hurdle is Hurdle.UNTRUSTED:
        return f"the certificate shown for {host} isn't trusted here ({detail})"
    if hurdle in (Hurdle.OUTDATED, Hurdle.OTHER_NAME):
        return f"the certificate shown for {host} isn't valid ({detail})"
    if hurdle is Hurdle.PROXY_LOGIN:
        return f"the proxy {proxy or ''} asks for a login".replace("  ", " ")
    if hurdle is Hurdle.PROXY_REFUSES:
        return f"the proxy {proxy or ''} doesn't let us through ({detail})".replace("  ", " ")
    if hurdle is Hurdle.PROXY:
        return f"the proxy {proxy or ''} can't be used ({detail})".replace("  ", " ")
    if hurdle is Hurdle.TLS:
        return f"no secure connection{way} ({type(inner).__name__}: {detail})"
    return f"the connection{way} failed ({type(inner).__name__}: {detail})"


def _is_proxys(problem: BaseException) -> bool:
    kinds = (requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL, ProxyError)
    return isinstance(problem, kinds) or (
        isinstance(problem, requests.exceptions.InvalidSchema) and "SOCKS" in str(problem)
    )


def causes_of(problem: BaseException) -> Iterator[BaseException]:
    """Give a problem and what is nested in it, the cause last."""
    for _ in range(20):
        yield problem
        reason = getattr(problem, "reason", None)
        nested = [one for one in (reason, *problem.args) if isinstance(one, BaseException)]
        if not nested:
            return
        problem = nested[0]
