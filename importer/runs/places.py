"""Where a report is put: never over the workbook, and never over what a person may have changed.

Beside the workbook there is one report, and the one before it, `NAME-report-old.xlsx`. One that
somebody has saved is no longer ours: it stays, and the next report has a number.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from importer.errors import UsageError, WorkbookError
from importer.workbook.seal import untouched

NAME_LIMIT = 255
"""Bytes that a file's name may have on nearly every file system."""

Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Place:
    """Where a report is to go: to `wanted` or, when that is None, beside the workbook.

    `seen` is what was at `wanted` when the user agreed to replace it, None when there was nothing.
    """

    workbook: Path
    wanted: Path | None = None
    seen: Stamp | None = None

    def put(self, make: Callable[[str, Path], None]) -> Path:
        """Take the first free name and put there what `make` writes; give the path.

        `make` is given the name and a temporary path to write to. It is called again when somebody
        took the name meanwhile. Raises WorkbookError when nothing can be written there.
        """
        for path in self._paths():
            old = self._replaceable(path)
            if old is None and os.path.lexists(path):
                continue
            try:
                if self._put_at(path, make, old):
                    return path
            except OSError as error:
                raise WorkbookError(
                    f"{path} can't be written: {error.strerror or error}.",
                    "Close it if it is open in Excel, or give another place to write to.",
                ) from error
        raise AssertionError

    def said(self, path: Path) -> str | None:
        """Say why the report isn't where it was wanted, None when it is."""
        if self.wanted is None or path == self.wanted:
            return None
        return (
            f"{self.wanted} was changed in the meantime and was left as it is; the report is at "
            f"{path}."
        )

    def _paths(self) -> Iterator[Path]:
        if self.wanted is None:
            yield from _beside(self.workbook)
        else:
            yield self.wanted
            for number in count(2):
                yield _named(self.wanted, self.wanted.stem, f"-{number}")

    def _replaceable(self, path: Path) -> Stamp | None:
        """Give by what a file is known again that may be replaced, None when it may not."""
        stamp = _stamp(path)
        if self.wanted is not None:
            return stamp if path == self.wanted and stamp == self.seen else None
        return stamp if stamp and self._is_ours(path) else None

    def _is_ours(self, path: Path) -> bool:
        """Whether a file beside the workbook is a report that nobody has saved."""
        return not _same(path, self.workbook) and untouched(path)

    def _put_at(self, path: Path, make: Callable[[str, Path], None], old: Stamp | None) -> bool:
        with tempfile.TemporaryDirectory(prefix=".importer-", dir=path.parent) as folder:
            made = Path(folder, "report.xlsx")
            make(path.name, made)
            if old is not None and _stamp(path) == old:
                if self.wanted is None:
                    self._keep(path)
                made.replace(path)
                return True
            return not os.path.lexists(path) and _link(made, path)

    def _keep(self, path: Path) -> None:
        """Keep the report that is about to be replaced, in the place of the one before it."""
        kept = _named(path, path.stem, "-old")
        if not os.path.lexists(kept) or self._is_ours(kept):
            path.replace(kept)


def place_for(workbook: Path, wanted: Path | None, *, force: bool = False) -> Place:
    """Give where the report goes; never over the workbook or over somebody's work.

    Without a wish: beside the workbook, `NAME-report.xlsx`, numbered on where a person has saved
    one. With `force` what is at the wished place now may be replaced. Raises UsageError when the
    wish can't be met.
    """
    if wanted is None:
        _refuse_closed(workbook.parent)
        return Place(workbook)
    if wanted.is_dir():
        raise UsageError(f"The report can't be written to {wanted}: it is a folder.")
    if wanted.suffix.lower() != ".xlsx":
        raise UsageError(
            f"The report {wanted} must have a name that ends with .xlsx.",
            f"Use {wanted.with_suffix('.xlsx')}.",
        )
    if wanted.exists() and workbook.exists() and wanted.samefile(workbook):
        raise UsageError(
            "The report would replace the workbook itself.", "Give the report another name."
        )
    if not wanted.parent.is_dir():
        raise UsageError(f"There is no folder {wanted.parent} for the report.", "Make it first.")
    _refuse_closed(wanted.parent)
    seen = _stamp(wanted)
    if seen is not None and not force:
        raise UsageError(f"{wanted} exists already.", "Choose another name, or add --force.")
    return Place(workbook, wanted, seen)


def wished(workbook: Path, report: str | Path | None, *, force: bool) -> Place:
    """Give the place of a report as it was typed, None or "" for no wish; see `place_for`."""
    return place_for(workbook, Path(report) if report else None, force=force)


def _refuse_closed(folder: Path) -> None:
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise UsageError(
            f"The report can't be written to the folder {folder.absolute()}.",
            "Choose another place with --report FILE.",
        )


def _beside(workbook: Path) -> Iterator[Path]:
    base, _, tail = workbook.stem.rpartition("-report")
    ours = not tail or tail == "-old" or tail.lstrip("-").isdigit()
    stem = base if base and ours else workbook.stem
    for number in count(1):
        yield _named(workbook, stem, f"-report{'' if number == 1 else f'-{number}'}")


def _named(beside: Path, stem: str, tail: str) -> Path:
    """Give a path with as much of the stem as its name has room for."""
    while len(os.fsencode(f"{stem}{tail}.xlsx")) > NAME_LIMIT:
        stem = stem[:-1]
    return beside.with_name(f"{stem}{tail}.xlsx")


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _stamp(path: Path) -> Stamp | None:
    """Give by what a file is known again, None when there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _link(made: Path, path: Path) -> bool:
    """Give a file the name `path` if nothing has it; whether it got it."""
    try:
        os.link(made, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EROFS, errno.ENAMETOOLONG, errno.ENOENT):
            raise
        return _copy(made, path)  # a file system without links, on a stick for one
    return True


def _copy(made: Path, path: Path) -> bool:
    try:
        target = path.open("xb")
    except FileExistsError:
        return False
    try:
        with target, made.open("rb") as source:
            shutil.copyfileobj(source, target)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
    return True
