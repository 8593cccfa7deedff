"""What every kind of file is to the reader: titles, and for each sheet its rows and its scan."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, Self

from importer.errors import WorkbookError
from importer.workbook.options import Limits
from importer.workbook.package import Package
from importer.workbook.parts import Damaged, Parts, damaged
from importer.workbook.scan import Scan, scan, scan_fully
from importer.workbook.stamps import find_parent
from importer.workbook.strings import all_texts, has_plausible_count

if TYPE_CHECKING:
    import python_calamine


_ENDINGS = frozenset({".xlsx", ".xlsm", ".xlsb"})


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one sheet from Excel's row 1 on, each a list of `width` values ("": empty).

    `height` is how many rows there are, blank ones counted.
    """

    title: str
    height: int
    width: int
    rows: Callable[[], Iterator[list[Any]]]


class Source(Protocol):
    """An open file."""

    @property
    def titles(self) -> Sequence[str]:
        """The titles of the sheets."""

    @property
    def unseen(self) -> frozenset[str]:
        """The titles of those that are hidden."""

    @property
    def parent(self) -> str | None:
        """The run whose report this is; "" for a check's; None for none."""

    def tables(self, titles: Sequence[str]) -> Iterator[tuple[Table, Scan]]:
        """Yield the chosen sheets with what was found in each. Raises WorkbookError."""

    def close(self) -> None:
        """Let go of the file."""


class CalamineSource:
    """An .xlsx, .xlsm or .xlsb file, read by calamine.

    `look` scans one sheet before calamine makes room for its cells, and may refuse it. `fully`
    reads one without calamine, where calamine can't read the file or the sheet; `usual` says
    whether calamine is to be asked at all. `titles` are of the sheets, `unseen` of the hidden ones.
    """

    def __init__(
        self,
        path: Path,
        titles: Sequence[str],
        unseen: frozenset[str],
        look: Callable[[str], Scan],
        fully: Callable[[str], Scan] | None = None,
        package: Package | None = None,
        *,
        usual: bool = True,
    ) -> None:
        self._path, self._look, self._fully, self._package = path, look, fully, package
        self.titles, self.unseen = titles, unseen
        self._scanner = ThreadPoolExecutor(2)
        self._scans: dict[str, Future[Scan]] = {}
        self._usual = usual
        try:
            if fully and titles:
                self._scan(titles[0])
            else:
                self._book  # noqa: B018  what is wrong with the file is said at once
        except BaseException:
            self.close()
            raise

    @property
    def parent(self) -> str | None:
        """The run whose report this is."""
        if self._package is None:
            return None
        return find_parent(self._package, self.titles, lambda title: self._table(title)[0].rows())

    def tables(self, titles: Sequence[str]) -> Iterator[tuple[Table, Scan]]:
        """Scan and parse each sheet while the one before it is still being used.

        Unpacking and parsing free the interpreter lock, so two cores share the work. No sheet is
        parsed before its scan has shown that it fits.
        """
        for title in titles:
            self._scan(title)
        with ThreadPoolExecutor(1) as parser:
            coming = [parser.submit(self._table, title) for title in titles[:1]]
            import pandas  # noqa: F401  a quarter of a second that the first parse hides

            for at in range(len(titles)):
                if at + 1 < len(titles):
                    coming.append(parser.submit(self._table, titles[at + 1]))
                yield coming.pop(0).result()

    def close(self) -> None:
        """Let go of the file; what is still being scanned comes to its end first."""
        self._scanner.shutdown(cancel_futures=True)
        if self._package:
            self._package.close()

    def _scan(self, title: str) -> Future[Scan]:
        if title not in self._scans:
            self._scans[title] = self._scanner.submit(self._look, title)
        return self._scans[title]

    @cached_property
    def _book(self) -> python_calamine.CalamineWorkbook | None:
        """The file as calamine opens it, if it can and may: opened once a sheet needs that."""
        if not self._usual:
            return None
        try:
            book = _calamine(self._path)
        except Damaged:
            if self._fully:
                return None
            raise
        return (
            book if self._fully is None or set(book.sheet_names).issuperset(self.titles) else None
        )

    def _table(self, title: str) -> tuple[Table, Scan]:
        found = self._scan(title).result()
        if found.coded is not None:
            return Table(title, found.coded.height, found.coded.width, found.coded.lists), found
        if found.rows is None and self._book is not None:
            try:
                return self._parse(self._book, title), found
            except Damaged:
                if self._fully is None:
                    raise
        if found.rows is None and self._fully:
            found = self._fully(title)
        return listed(title, found.rows or []), found

    def _parse(self, book: python_calamine.CalamineWorkbook, title: str) -> Table:
        with plain_errors(self._path):
            sheet = book.get_sheet_by_name(title)
            start, end = sheet.start, sheet.end
        if start is None or end is None:
            return Table(title, 0, 0, lambda: iter(()))
        # Its rows begin with Excel's row 1, but with the first column that holds anything.
        before = [""] * start[1]

        def rows() -> Iterator[list[Any]]:
            try:
                if before:
                    yield from (before + row for row in sheet.iter_rows())
                else:
                    yield from sheet.iter_rows()
            except BaseException as error:
                if not isinstance(error, Exception) and not _is_panic(error):
                    raise
                raise WorkbookError(
                    f"The sheet “{title}” has a number that is formatted as a date or time but "
                    "is not a valid one.",
                    "Look for cells that show only #### in Excel, and correct them.",
                ) from error

        return Table(title, end[0] + 1, end[1] + 1, rows)


class _Once:
    """Gives the file's shared strings, read once however many threads ask."""

    def __init__(self, package: Package) -> None:
        self._package, self._lock = package, Lock()
        self._texts: list[str] | None = None

    def __call__(self) -> list[str]:
        with self._lock:
            if self._texts is None:
                self._texts = all_texts(self._package)
            return self._texts


class ListedSource:
    """A file that has been read whole: each sheet's rows are in its scan."""

    parent = None  # reports are .xlsx files

    def __init__(self, scans: Mapping[str, Scan], unseen: frozenset[str]) -> None:
        self._scans, self.unseen = scans, unseen
        self.titles = list(scans)

    def tables(self, titles: Sequence[str]) -> Iterator[tuple[Table, Scan]]:
        """Yield the chosen sheets."""
        for title in titles:
            yield listed(title, self._scans[title].rows or []), self._scans[title]

    def close(self) -> None:
        """Nothing is held open."""


def listed(title: str, rows: list[list[Any]]) -> Table:
    """Give the table of rows that are all of one width."""
    return Table(title, len(rows), len(rows[0]) if rows else 0, lambda: iter(rows))


class plain_errors:  # noqa: N801  reads as the statement that it is
    """Turn whatever a reader of files raises on a broken one into one WorkbookError.

    A panic in Rust code arrives as a BaseException that is no Exception.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, WorkbookError | KeyboardInterrupt | SystemExit):
            return
        if isinstance(error, MemoryError):
            raise WorkbookError(
                f"{self._path.name} needs more memory than there is.",
                "Copy the rows into a new workbook and try again.",
            ) from error
        if isinstance(error, Exception) or _is_panic(error):
            raise damaged(self._path) from error


def _is_panic(error: BaseException) -> bool:
    return type(error).__name__ == "PanicException"


def _calamine(path: Path) -> python_calamine.CalamineWorkbook:
    import python_calamine

    with plain_errors(path):
        try:
            if path.suffix.casefold() in _ENDINGS:
                return python_calamine.CalamineWorkbook.from_path(os.fspath(path))
            with path.open("rb") as stream:  # it would believe another ending
                return python_calamine.CalamineWorkbook.from_filelike(stream)
        except python_calamine.PasswordError as error:
            raise protected(path) from error


def protected(path: Path) -> WorkbookError:
    """Make the error for a workbook that asks for a password."""
    return WorkbookError(
        f"{path.name} is protected with a password.",
        "Remove the password in Excel (File, Info, Protect Workbook) and save it.",
    )


def open_xlsx(path: Path, limits: Limits) -> Source:
    """Open an .xlsx or .xlsm file; one that is too large or hostile is refused unread."""
    package = Package(path)
    try:
        refuse_bombs(path, package, limits)
        if package.strings:
            package.refuse_declarations(package.strings)
        refuse_crowds(path, len(package.entries), len(package.formats), limits)
        if not all(map(package.has, package.sheets.values())):
            raise damaged(path)
        texts = _Once(package)
        usual = package.is_usual and has_plausible_count(package)
        return CalamineSource(
            path,
            list(package.sheets),
            frozenset(entry.title for entry in package.entries if entry.hidden),
            lambda title: scan(package, title, limits, texts),
            lambda title: scan_fully(package, title, limits),
            package,
            usual=usual,
        )
    except BaseException:
        package.close()
        raise


def refuse_bombs(path: Path, package: Parts, limits: Limits) -> None:
    """Raise WorkbookError for a file that would unpack to far more than it should."""
    packed, unpacked = package.unpacked
    with suppress(OSError):
        packed = min(packed, path.stat().st_size)
    too_tight = unpacked > limits.ratio_from and unpacked > packed * limits.ratio
    if unpacked > limits.unpacked or too_tight:
        raise WorkbookError(
            f"{path.name} would unpack to {unpacked // 1024**2:,} MB from "
            f"{max(packed // 1024**2, 1):,} MB, which no invoice workbook does.",
            "Copy the rows into a new workbook and try again.",
        )


def refuse_crowds(path: Path, sheets: int, styles: int, limits: Limits) -> None:
    """Raise WorkbookError for a file with more sheets or cell styles than the limits allow."""
    if styles > limits.styles:
        raise WorkbookError(
            f"{path.name} has {styles:,} cell styles; Excel itself stops at 65,490.",
            "Copy the rows as values into a new workbook and try again.",
        )
    if sheets > limits.sheets:
        raise WorkbookError(
            f"{path.name} has {sheets:,} sheets; at most {limits.sheets} are read.",
            "Copy the sheets that you need into a new workbook.",
        )
