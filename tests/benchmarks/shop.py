"""Serves the practice store in a process of its own: FILE LIMIT WINDOW [FAULT ...]."""

from __future__ import annotations

import sys
from pathlib import Path

from importer import sandbox


def ready(url: str) -> None:
    """Say where it is."""
    print(url, flush=True)


if __name__ == "__main__":
    data, limit, window, *faults = sys.argv[1:]
    options: sandbox.Options = {"limit": int(limit), "window": float(window), "faults": faults}
    sandbox.serve(Path(data), 0, ready, **options)
