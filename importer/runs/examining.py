"""Looking through the ledger itself, whatever state it is in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from importer import settings

if TYPE_CHECKING:
    from importer.ledger import Examination


def check_ledger(*, ledger: str | Path | None = None) -> Examination | None:
    """Go through everything that the ledger holds and say what of it is damaged.

    `ledger` is a path or an SQLAlchemy URL (None: the user's own). Gives None when there is none
    yet. Raises LedgerError when it can't be opened at all.
    """
    from importer.ledger import Ledger

    target = ledger or settings.ledger_target()
    if isinstance(target, Path) and not target.exists():
        return None
    with Ledger.open(target) as book:
        return book.examine()
