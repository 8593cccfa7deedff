"""Posts a run in a process of its own: LEDGER RUN BASE_URL HASH TOKEN [option=value ...]."""

from __future__ import annotations

import sys
from dataclasses import replace

from importer.ledger import Ledger
from importer.model import Store
from importer.posting import PostOptions, post_run
from importer.secret import Secret

if __name__ == "__main__":
    path, run_id, base_url, store_hash, token, *given = sys.argv[1:]
    values = {name: float(value) for name, _, value in (pair.partition("=") for pair in given)}
    quick = PostOptions(settle=0.3, first_look=0.02, backoff=0.01, trouble_wait=0.01, poll=0.05)
    options = replace(quick, timeout=5, **values)
    with Ledger.open(path) as ledger:
        store = Store("Test store", store_hash, base_url)
        print("ready", flush=True)
        post_run(ledger, run_id, store, Secret(token), options=options)
