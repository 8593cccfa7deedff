"""Mappings that were used, kept beside the ledger, one small JSON file for each set of headers.

To forget one: `importer map WORKBOOK --forget`; to forget all: delete the folder.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from importer import settings
from importer.errors import ImporterError
from importer.workbook.reading import Workbook
from importer.workbook.remembering import Kept, keep

_FOLDER = "mappings"
_MOST_TRIED = 5
"""How many mappings for sheets of the same titles are tried, the latest first."""


class Memory:
    """The mappings kept with a ledger: a path's are in a folder beside it, others in our own."""

    def __init__(self, ledger: str | Path | None = None) -> None:
        target = ledger or settings.ledger_target()
        beside = "://" not in str(target)
        self.folder = (Path(target).parent if beside else settings.data_folder()) / _FOLDER

    @property
    def empty(self) -> bool:
        """Whether nothing is kept."""
        return not any(self._files())

    def of(self, titles: Sequence[str]) -> list[Kept]:
        """Give the mappings that were used for sheets of these titles, the latest first."""
        found = [kept for each in self._kept() if (kept := each.for_titles(titles))]
        return found[:_MOST_TRIED]

    def keep(self, workbook: Workbook) -> None:
        """Keep the mapping with which a workbook was read, if there is one and it can be kept."""
        kept = keep(workbook, dt.date.today().isoformat())
        if kept:
            with suppress(OSError):
                self._write(self.folder / f"{kept.signature}.json", kept)

    def forget(self, kept: Kept) -> None:
        """Forget a mapping."""
        (self.folder / f"{kept.key}.json").unlink(missing_ok=True)

    def _kept(self) -> Iterator[Kept]:
        for file in self._files():
            with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, ImporterError):
                kept = Kept.of_json(json.loads(file.read_text("utf-8")), file.stem)
                if kept.mapping:
                    yield kept

    def _files(self) -> list[Path]:
        files = list(self.folder.glob("*.json")) if self.folder.is_dir() else []
        return sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True)

    def _write(self, path: Path, kept: Kept) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".part", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(kept.as_json(), stream, ensure_ascii=False, indent=1)
        Path(name).replace(path)
