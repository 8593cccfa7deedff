"""Undoes a run in a process of its own: LEDGER RUN BASE_URL HASH TOKEN."""

from __future__ import annotations

import sys

from importer.ledger import Ledger
from importer.model import Store
from importer.posting import PostOptions
from importer.posting.undoing import delete_all, survey
from importer.secret import Secret

if __name__ == "__main__":
    path, run_id, base_url, store_hash, token = sys.argv[1:]
    options = PostOptions(
        settle=0.3, first_look=0.02, backoff=0.01, trouble_wait=0.01, poll=0.05, timeout=5
    )
    with Ledger.open(path) as ledger:
        store, run = Store("Test store", store_hash, base_url), ledger.run(run_id)
        found = survey(ledger, run, store, Secret(token), options)
        ids = [one.id for one in found.to_delete]
        delete_all(ledger, run, store, Secret(token), ids, options)
