"""Posts as one would write it at first, a `requests.Session` and a loop: URL INVOICES."""

from __future__ import annotations

import sys
import time

import requests
from invoices import create_body

from importer import sandbox


def main(base_url: str, count: int) -> None:
    """Post so many invoices; print the seconds that the loop took."""
    bodies = [create_body(f"PLAIN-{i:07}") for i in range(count)]
    with requests.Session() as session:
        session.trust_env = False
        session.headers["X-Auth-Token"] = sandbox.DEFAULT_TOKEN
        session.headers["X-Store-Hash"] = sandbox.DEFAULT_STORE_HASH
        started = time.perf_counter()
        for body in bodies:
            answer = session.post(f"{base_url}/ip/invoices", json=body, timeout=30)
            if answer.json()["code"] != 200:
                sys.exit(answer.text)
        print(time.perf_counter() - started)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
