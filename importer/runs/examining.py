"""Looking through the ledger itself, whatever state it is in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from importer import settings
from importer.runs.history import open_ledger

if TYPE_CHECKING:
    from importer.ledger import Examination


def check_ledger(
    *, ledger: str | Path | None = None, home: str | Path | None = None
) -> Examination | None:
    """Go through everything that the ledger holds and say what of it is damaged.

    `ledger` is a path or an SQLAlchemy URL (None: the one at `home`). Gives None when there is none
    yet. Raises LedgerError when it can't be opened at all.
    """
    with settings.at_home(home):
        target = ledger or settings.ledger_target()
        if isinstance(target, Path) and not target.exists():
            return None
        with open_ledger(target) as book:
            return book.examine()
