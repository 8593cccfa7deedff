"""Edge: a workbook file → one pandas frame for each sheet, indexed by the true Excel row number."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.codes import Place, fault
from importer.errors import WorkbookError
from importer.model import Fault, column_letter
from importer.workbook.headers import Headers, find_headers
from importer.workbook.layout import OWN_SHEETS, SHEETS, SheetLayout, match_sheet, normal
from importer.workbook.options import Limits, ReadOptions
from importer.workbook.package import Package, damaged
from importer.workbook.scan import Oddity, Scan, scan
from importer.workbook.stamps import find_parent

if TYPE_CHECKING:
    import pandas as pd
    import python_calamine

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how many rows are done, and of how many (None: not known)."""

_ROWS_AT_A_TIME = 8192


@dataclass(frozen=True)
class Sheet:
    """One data sheet as it was read.

    `frame` has one row for each row below the header that holds anything: its index is Excel's
    row number, its columns are Excel's letters, its values are as the file has them (None: empty).
    """

    title: str
    layout: SheetLayout
    headers: Headers
    frame: pd.DataFrame
    oddities: Mapping[tuple[int, str], Oddity] = field(default_factory=dict)


@dataclass(frozen=True)
class Workbook:
    """A whole workbook as it was read. `sheets` is by layout key; Invoices is always there.

    `parent` is the run that wrote the workbook as its report, if one did ("" for a check's).
    `faults` are of the file as a whole: unknown columns and sheets, hidden rows.
    """

    path: Path
    sha256: str
    sheets: Mapping[str, Sheet]
    faults: tuple[Fault, ...]
    parent: str | None = None


def read(path: Path, options: ReadOptions, on_progress: Progress | None = None) -> Workbook:
    """Read a workbook.

    Raises WorkbookError, in one sentence with a remedy, for anything that can't be used as a
    whole: no such file, not a workbook, protected, damaged, open elsewhere, headers missing.
    """
    kind = _recognise(path)
    parent = None
    with _calamine(path) as book:
        titles = list(book.sheet_names)
        unseen = {meta.name for meta in book.sheets_metadata if "Hidden" in str(meta.visible)}
        known, faults = _known_sheets(path, titles)
        package = Package(path) if kind == "xlsx" else None
        try:
            if package:
                _refuse_bombs(path, package, options.limits)
                parent = find_parent(package, book)
            sheets: dict[str, Sheet] = {}
            words: dict[Any, Any] = {"": None}
            for parsed, found in _parse_ahead(book, package, path, list(known)):
                title, layout = parsed.name, known[parsed.name]
                frame, headers = _frame(parsed, layout, options.limits, words, on_progress)
                faults += headers.faults(title)
                faults += _hidden_faults(title, frame, found, hidden=title in unseen)
                sheets[layout.key] = Sheet(title, layout, headers, frame, found.oddities)
        finally:
            if package:
                package.__exit__()
    if sheets["invoices"].frame.empty:
        raise WorkbookError(
            f"The sheet “{sheets['invoices'].title}” of {path.name} has no invoices below its "
            "header.",
            "Fill in at least one row.",
        )
    faults += [
        fault("sheet-empty", Place(sheet.title)) for sheet in sheets.values() if sheet.frame.empty
    ]
    return Workbook(path, digest(path), sheets, tuple(faults), parent)


def digest(path: Path) -> str:
    """Give SHA-256 (hex) of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _recognise(path: Path) -> str:
    """Give `xlsx` for a zip with a workbook in it, `other` for what calamine must find out."""
    if path.name.startswith(("~$", ".~lock.")):
        raise WorkbookError(
            f"{path.name} is the lock file of an open workbook, not the workbook.",
            "Give the workbook itself.",
        )
    if path.is_dir():
        raise WorkbookError(f"{path} is a folder, not a workbook.", "Give the .xlsx file in it.")
    if not path.exists():
        raise WorkbookError(f"There is no file {path}.", "Check the name and the folder.")
    for lock in (path.parent / f"~${path.name}", path.parent / f".~lock.{path.name}#"):
        if lock.exists():
            raise WorkbookError(
                f"{path.name} is open in Excel or LibreOffice, so it may not be saved yet.",
                f"Save it and close it there. If it isn't open anywhere, delete {lock.name}.",
            )
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
            stream.seek(0)
            encrypted = head[:4] == b"\xd0\xcf\x11\xe0" and _encrypted(stream.read(2 * 1024**2))
    except PermissionError as error:
        raise WorkbookError(
            f"{path} can't be opened: this user may not read it.",
            "Ask its owner for the permission, or copy the file somewhere else.",
        ) from error
    except OSError as error:
        raise WorkbookError(f"{path} can't be read: {error.strerror}.") from error
    if not head:
        raise WorkbookError(f"{path.name} is empty (0 bytes).", "Save the workbook again.")
    if encrypted:
        raise WorkbookError(
            f"{path.name} is protected with a password.",
            "Remove the password in Excel (File, Info, Protect Workbook) and save it.",
        )
    if head[:4] == b"PK\x03\x04":
        return "xlsx" if _has_workbook_part(path) else "other"
    if head[:4] == b"\xd0\xcf\x11\xe0":
        return "other"
    raise WorkbookError(
        f"{path.name} is not a workbook.", "Save it as an Excel workbook (.xlsx) and try again."
    )


def _encrypted(content: bytes) -> bool:
    return "EncryptedPackage".encode("utf-16-le") in content


def _has_workbook_part(path: Path) -> bool:
    import zipfile

    try:
        with zipfile.ZipFile(path) as package:
            return "xl/workbook.xml" in package.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise damaged(path) from error


def _calamine(path: Path) -> python_calamine.CalamineWorkbook:
    import python_calamine

    try:
        return python_calamine.CalamineWorkbook.from_path(os.fspath(path))
    except python_calamine.PasswordError as error:
        raise WorkbookError(
            f"{path.name} is protected with a password.", "Remove the password and save it."
        ) from error
    except Exception as error:
        raise WorkbookError(
            f"{path.name} is not a workbook that can be read.",
            "Open it in Excel, save it as an Excel workbook (.xlsx), and try again.",
        ) from error


def _refuse_bombs(path: Path, package: Package, limits: Limits) -> None:
    packed, unpacked = package.unpacked
    too_tight = unpacked > limits.ratio_from and unpacked > packed * limits.ratio
    if unpacked > limits.unpacked or too_tight:
        raise WorkbookError(
            f"{path.name} would unpack to {unpacked // 1024**2:,} MB from "
            f"{max(packed // 1024**2, 1):,} MB, which no invoice workbook does.",
            "Copy the rows into a new workbook and try again.",
        )
    if len(package.formats) > limits.styles:
        raise WorkbookError(
            f"{path.name} has {len(package.formats):,} cell styles; Excel itself stops at 65,490.",
            "Copy the rows as values into a new workbook and try again.",
        )
    if len(package.sheets) > limits.sheets:
        raise WorkbookError(
            f"{path.name} has {len(package.sheets):,} sheets; at most {limits.sheets} are read.",
            "Copy the sheets that matter into a new workbook.",
        )


def _known_sheets(path: Path, titles: Iterable[str]) -> tuple[dict[str, SheetLayout], list[Fault]]:
    known: dict[str, SheetLayout] = {}
    faults: list[Fault] = []
    for title in titles:
        layout = match_sheet(title)
        if normal(title) in OWN_SHEETS:
            continue
        if layout is None:
            names = ", ".join(sheet.title for sheet in SHEETS)
            faults.append(fault("sheet-unknown", Place(title), value=title, sheets=names))
        elif layout in known.values():
            other = next(name for name, found in known.items() if found is layout)
            raise WorkbookError(
                f"The sheets “{other}” and “{title}” of {path.name} both hold {layout.title}.",
                "Keep one of them, or rename the other to something else.",
            )
        else:
            known[title] = layout
    if not any(layout.key == "invoices" for layout in known.values()):
        names = ", ".join(f"“{title}”" for title in titles)
        raise WorkbookError(
            f"{path.name} has no sheet named Invoices; it has {names}.",
            "Name the sheet with one row for each invoice “Invoices”.",
        )
    return known, faults


def _parse_ahead(
    book: python_calamine.CalamineWorkbook,
    package: Package | None,
    path: Path,
    titles: Sequence[str],
) -> Iterator[tuple[python_calamine.CalamineSheet, Scan]]:
    """Parse and scan each sheet while the one before it is still being used.

    Unpacking and parsing free the interpreter lock, so two cores share the work.
    """
    import python_calamine

    def parse(title: str) -> python_calamine.CalamineSheet:
        try:
            return book.get_sheet_by_name(title)
        except (python_calamine.CalamineError, OSError, ValueError) as error:
            raise damaged(path) from error

    with ThreadPoolExecutor(1) as parser, ThreadPoolExecutor(1) as scanner:
        scans = [scanner.submit(scan, package, title) for title in titles if package]
        coming = [parser.submit(parse, title) for title in titles[:1]]
        import pandas  # noqa: F401  a quarter of a second that the first parse hides

        for at in range(len(titles)):
            if at + 1 < len(titles):
                coming.append(parser.submit(parse, titles[at + 1]))
            yield coming.pop(0).result(), scans[at].result() if package else Scan()


def _frame(
    sheet: python_calamine.CalamineSheet,
    layout: SheetLayout,
    limits: Limits,
    words: dict[Any, Any],
    on_progress: Progress | None,
) -> tuple[pd.DataFrame, Headers]:
    import pandas as pd

    total = sheet.total_height
    if sheet.total_width > limits.columns:
        raise WorkbookError(
            f"The sheet “{sheet.name}” has {sheet.total_width} columns; at most "
            f"{limits.columns} are read.",
            "Delete the columns that don't belong to the invoices.",
        )
    rows = iter(sheet.iter_rows()) if sheet.height else iter(())
    headers = find_headers(sheet.name, layout, list(islice(rows, limits.header_rows)))
    kept: list[int] = []
    columns: dict[str, list[Any]] = {letter: [] for letter in headers.texts}
    first = headers.row + 1
    for block in _blocks(headers.below, rows):
        _keep(block, first, columns, kept, words)
        first += len(block)
        if on_progress:
            on_progress(f"Reading {sheet.name}", min(first, total), total)
    used = {
        letter: text
        for letter, text in headers.texts.items()
        if text or any(value is not None for value in columns[letter])
    }
    frame = pd.DataFrame({letter: columns[letter] for letter in used}, index=kept, dtype=object)
    return frame, replace(headers, texts=used, below=[])


def _blocks(head: list[list[Any]], rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    if head:
        yield head
    while block := list(islice(rows, _ROWS_AT_A_TIME)):
        yield block


def _keep(
    block: list[list[Any]],
    first: int,
    columns: Mapping[str, list[Any]],
    kept: list[int],
    words: dict[Any, Any],
) -> None:
    """Add the rows of a block that hold anything to the columns.

    Equal texts become one object, found in `words`: it saves memory and makes them quick to
    compare. `words` gives None for the empty text.
    """
    empty = [""] * len(block[0])
    full = [index for index, row in enumerate(block) if row != empty]
    if not full:
        return
    if len(full) < len(block):
        block = [block[index] for index in full]
    kept.extend([first + index for index in full])
    for column, values in zip(columns.values(), zip(*block, strict=True), strict=True):
        kinds = set(map(type, values))
        if kinds == {str}:
            column.extend(map(words.setdefault, values, values))
        elif str in kinds:
            column.extend([words.setdefault(v, v) if type(v) is str else v for v in values])
        else:
            column.extend(values)


def _hidden_faults(title: str, frame: pd.DataFrame, found: Scan, *, hidden: bool) -> list[Fault]:
    faults = []
    if hidden:
        faults.append(fault("sheet-hidden", Place(title)))
    rows = set(frame.index).intersection(found.hidden_rows)
    if rows:
        faults.append(
            fault("rows-hidden", Place(title, min(rows)), count=len(rows), value=f"row {min(rows)}")
        )
    letters = [
        letter
        for first, last in found.hidden_columns
        for letter in map(column_letter, range(first, min(last, first + 500) + 1))
        if letter in frame.columns
    ]
    if letters:
        faults.append(fault("columns-hidden", Place(title), value=", ".join(letters)))
    return faults
