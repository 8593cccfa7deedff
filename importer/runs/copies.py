"""The copies of workbooks that runs keep, and how they are let go.

A later report is made from the copy: the clerk may change or move the file while the run lasts.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from importer import settings
from importer.errors import LedgerError, UsageError
from importer.model import Json
from importer.runs.history import open_ledger
from importer.workbook.delimited import zip_folder

if TYPE_CHECKING:
    from importer.ledger import Ledger, Run

_ALL = 1_000_000_000
_UNDER_WAY = ("open", "paused", "draft")


@dataclass(frozen=True)
class Forgotten:
    """What `forget` has removed: copies, their bytes, and the runs without a copy from now on."""

    copies: int
    bytes: int
    runs: tuple[str, ...]

    def as_json(self) -> Json:
        """Give it as `--json` prints it."""
        return {"copies": self.copies, "bytes": self.bytes, "runs": list(self.runs)}


def copies_folder(book: Ledger) -> Path:
    """Give the folder of the copies: beside the ledger, or the user's own when it isn't a file."""
    return (book.folder or settings.data_folder()) / "workbooks"


def keep_copy(workbook: Path, sha256: str, folder: Path) -> Path:
    """Keep a copy of a workbook in a folder, named by its content; give its path.

    The clerk may change or move the file while the run lasts; a later report is made from the copy.
    A folder of .csv files is kept as a zip of them. Raises LedgerError when it can't be written.
    """
    kept = folder / f"{sha256}{'.zip' if workbook.is_dir() else workbook.suffix.lower()}"
    if kept.exists():
        return kept
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder)
        os.close(handle)
        if workbook.is_dir():
            zip_folder(workbook, Path(temporary))
        else:
            shutil.copyfile(workbook, temporary)
        Path(temporary).replace(kept)
    except OSError as error:
        raise LedgerError(
            f"The workbook can't be copied to {folder}: {error.strerror}.",
            "Free some space there, or choose another folder with IMPORTER_HOME.",
        ) from error
    return kept


def forget(
    run: str | None = None,
    *,
    older_than_days: int | None = None,
    ledger: str | Path | None = None,
    home: str | Path | None = None,
) -> Forgotten:
    """Remove the copy of a run's workbook, or all that only runs older than so many days have.

    What was posted stays in the ledger, so that nothing is posted twice; the reports of these runs
    can't be written any more. Raises UsageError for a run that isn't over, LedgerError.
    """
    with open_ledger(ledger, home) as book:
        runs = book.runs(_ALL)
        if run is not None:
            chosen = book.run(run)
            sharing = [one for one in runs if one.source and one.source == chosen.source]
            _refuse_under_way(sharing)
            return _remove([chosen.source] if chosen.source else [], sharing)
        oldest = datetime.now(UTC) - timedelta(days=older_than_days or 0)
        kept = {one.source for one in runs if _is_kept(one, oldest)}
        folder = copies_folder(book)
        copies = sorted(folder.iterdir()) if folder.is_dir() else []
        old = [path for path in copies if path not in kept and _is_old(path, oldest)]
        return _remove(old, runs)


def _refuse_under_way(runs: Iterable[Run]) -> None:
    for one in runs:
        if one.state in _UNDER_WAY:
            raise UsageError(
                f"Run {one.id} isn't finished, and its report is made from the copy.",
                f"Finish it, or cancel it: importer cancel {one.id}",
            )


def _is_kept(run: Run, oldest: datetime) -> bool:
    return run.state in _UNDER_WAY or run.created_at >= oldest


def _is_old(path: Path, oldest: datetime) -> bool:
    return path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC) < oldest


def _remove(copies: Iterable[Path], runs: Iterable[Run]) -> Forgotten:
    gone: set[Path] = set()
    size = 0
    for path in copies:
        with suppress(FileNotFoundError):
            length = path.stat().st_size
            try:
                path.unlink()
            except OSError as error:
                raise LedgerError(
                    f"{path} can't be removed: {error.strerror}.", "Check that you may remove it."
                ) from error
            size += length
            gone.add(path)
    return Forgotten(len(gone), size, tuple(run.id for run in runs if run.source in gone))
