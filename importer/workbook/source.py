"""What every kind of file is to the reader: titles, and for each sheet its rows and its scan."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from importer.errors import WorkbookError
from importer.workbook.options import Limits
from importer.workbook.package import Package, damaged
from importer.workbook.scan import Scan, scan
from importer.workbook.stamps import find_parent

if TYPE_CHECKING:
    import python_calamine


_ENDINGS = frozenset({".xlsx", ".xlsm", ".xlsb", ".ods"})


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
    """An .xlsx, .xlsm, .xlsb or .ods file, read by calamine.

    `look` scans one sheet before calamine makes room for its cells, and may refuse it.
    """

    def __init__(
        self, path: Path, first: str | None, look: Callable[[str], Scan], package: Package | None
    ) -> None:
        self._path, self._look, self._package = path, look, package
        self._scanner = ThreadPoolExecutor(1)
        self._scans: dict[str, Future[Scan]] = {}
        if first is not None:
            self._scan(first)
        try:
            self._book = _calamine(path)
        except BaseException:
            self.close()
            raise
        self.titles = list(self._book.sheet_names)
        metadata = self._book.sheets_metadata
        self.unseen = frozenset(meta.name for meta in metadata if "Hidden" in str(meta.visible))

    @property
    def parent(self) -> str | None:
        """The run whose report this is."""
        return find_parent(self._package, self._book) if self._package else None

    def tables(self, titles: Sequence[str]) -> Iterator[tuple[Table, Scan]]:
        """Scan and parse each sheet while the one before it is still being used.

        Unpacking and parsing free the interpreter lock, so two cores share the work. No sheet is
        parsed before its scan has shown that it fits.
        """

        def parse(title: str) -> tuple[Table, Scan]:
            found = self._scan(title).result()
            return self._parse(title), found

        for title in titles:
            self._scan(title)
        with ThreadPoolExecutor(1) as parser:
            coming = [parser.submit(parse, title) for title in titles[:1]]
            import pandas  # noqa: F401  a quarter of a second that the first parse hides

            for at in range(len(titles)):
                if at + 1 < len(titles):
                    coming.append(parser.submit(parse, titles[at + 1]))
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

    def _parse(self, title: str) -> Table:
        with plain_errors(self._path):
            sheet = self._book.get_sheet_by_name(title)
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
                    f"The sheet “{title}” has a number, formatted as a date or time, that is none.",
                    "Look for cells that show only #### in Excel, and correct them.",
                ) from error

        return Table(title, end[0] + 1, end[1] + 1, rows)


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
        package.refuse_declarations("xl/sharedStrings.xml")
        refuse_crowds(path, len(package.sheets), len(package.formats), limits)
        missing = [part for part in package.sheets.values() if part not in package.parts]
        if missing:
            raise damaged(path)
    except BaseException:
        package.close()
        raise

    def look(title: str) -> Scan:
        return scan(package, title, limits) if title in package.sheets else Scan()

    return CalamineSource(path, next(iter(package.sheets), None), look, package)


def open_scanned(path: Path, scans: Mapping[str, Scan]) -> Source:
    """Open a file that has been scanned whole: .ods and .xlsb."""
    return CalamineSource(path, None, lambda title: scans.get(title, Scan()), None)


def refuse_bombs(path: Path, package: Package, limits: Limits) -> None:
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
            "Copy the sheets that matter into a new workbook.",
        )
