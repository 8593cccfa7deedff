"""`importer run WORKBOOK --yes` with short waits: WORKBOOK [TRIES]."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from importer import runs, settings
from importer.errors import ImporterError
from importer.runs import Steps
from proof.worker import OPTIONS

if __name__ == "__main__":
    workbook, *tries = sys.argv[1:]
    store = settings.find_store()
    patience = {"give_up_after": 1.0, "tries": int(tries[0]) if tries else OPTIONS.tries}
    steps = Steps(posting=replace(OPTIONS, **patience), on_posting=print)
    try:
        found = runs.run(workbook, store=store, token=settings.token_for(store), steps=steps)
    except ImporterError as error:
        print(error, error.remedy, file=sys.stderr)
        sys.exit(int(error.exit_code))
    print(json.dumps(found.as_json()))
    sys.exit(0 if found.well else 1)
