"""Comma-separated files: a folder or a zip of them, one file a sheet, or a single one.

Everything in them is text. A record takes one row, as when Excel opens the file, however many
lines it fills; blank lines count. Encoding and delimiter are detected unless the options say.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from importer.errors import WorkbookError
from importer.workbook.layout import SHEETS, match_sheet
from importer.workbook.options import ReadOptions
from importer.workbook.parts import BROKEN, Parts, damaged
from importer.workbook.scan import Scan, refuse_far
from importer.workbook.source import Source, Table, refuse_bombs, refuse_crowds

_DELIMITERS = ",;\t|"
_LONGEST_CELL = 2**20
_SAMPLE = 64 * 1024
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class CsvSource:
    """Open .csv files by their names without the ending, which are the titles of the sheets."""

    unseen: frozenset[str] = frozenset()
    parent = None  # reports are .xlsx files

    def __init__(self, files: Mapping[str, bytes], options: ReadOptions) -> None:
        self._files, self._options = files, options
        self.titles = list(files)

    def tables(self, titles: Sequence[str]) -> Iterator[tuple[Table, Scan]]:
        """Yield the chosen files."""
        for title in titles:
            text = _decode(title, self._files[title], self._options.csv_encoding)
            delimiter = self._options.csv_delimiter or _delimiter(title, text)
            rows = _records(title, text, delimiter)
            width = max(map(len, rows), default=0)
            refuse_far(title, len(rows), width, self._options.limits)
            found = Scan(lengths=list(map(len, rows)))
            yield Table(title, len(rows), width, partial(_level, rows, width)), found

    def close(self) -> None:
        """Nothing is held open."""


def open_folder(path: Path, options: ReadOptions) -> Source:
    """Open the .csv files of a folder. Raises WorkbookError."""
    files = files_of(path)
    if not files:
        raise WorkbookError(
            f"{path} is a folder without .csv files, not a workbook.",
            "Give the workbook in it, or a folder with one .csv file for each sheet.",
        )
    refuse_crowds(path, len(files), 0, options.limits)
    size = sum(file.stat().st_size for file in files)
    if size > options.limits.unpacked:
        raise WorkbookError(f"The .csv files in {path} are too large ({size // 1024**2:,} MB).")
    try:
        return CsvSource({file.stem: file.read_bytes() for file in files}, options)
    except OSError as error:
        raise WorkbookError(f"{error.filename} can't be read: {error.strerror}.") from error


def open_file(path: Path, options: ReadOptions) -> Source:
    """Open a single .csv file. Raises WorkbookError."""
    if path.stat().st_size > options.limits.unpacked:
        raise WorkbookError(f"{path.name} is too large.", "Split it into several files.")
    return CsvSource({path.stem: path.read_bytes()}, options)


def open_zip(path: Path, options: ReadOptions) -> Source:
    """Open the .csv files of a zip. Raises WorkbookError."""
    with Parts(path) as package:
        refuse_bombs(path, package, options.limits)
        names = sorted(name for name in package.parts if _is_csv(name))
        refuse_crowds(path, len(names), 0, options.limits)
        files: dict[str, bytes] = {}
        for name in names:
            title = Path(name).stem
            if title in files:
                raise WorkbookError(
                    f"{path.name} contains two files named {Path(name).name}.", "Keep one of them."
                )
            try:
                with package.open(name) as stream:
                    files[title] = stream.read()
            except (*BROKEN, zipfile.LargeZipFile) as error:
                raise damaged(path) from error
    return CsvSource(files, options)


def files_of(folder: Path) -> list[Path]:
    """Give the .csv files of a folder, by name; hidden ones are left out."""
    return sorted(file for file in folder.iterdir() if file.is_file() and _is_csv(file.name))


def zip_folder(folder: Path, target: Path) -> None:
    """Write the .csv files of a folder into a zip, which `open_zip` reads as the folder itself."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for file in files_of(folder):
            package.write(file, file.name)


def _is_csv(name: str) -> bool:
    path = Path(name)
    return (
        path.suffix.casefold() == ".csv"
        and not path.name.startswith(".")
        and "__MACOSX" not in path.parts
    )


def _decode(title: str, raw: bytes, encoding: str | None) -> str:
    """Give the text of a file, in the encoding given, marked in the file, UTF-8, or detected."""
    marked = next((name for mark, name in _BOMS.items() if raw.startswith(mark)), None)
    if not encoding:
        marked = _wide(title, raw) or marked
    try:
        return _without_end_mark(raw.decode(marked or encoding or "utf-8"))
    except (UnicodeDecodeError, LookupError) as error:
        if encoding or marked:
            raise WorkbookError(
                f"{title}.csv is not written in the encoding {marked or encoding}.",
                "Give the right one with --csv-encoding, such as utf-8 or cp1252.",
            ) from error
    return _guess(title, raw)


def _wide(title: str, raw: bytes) -> str | None:
    """Give which UTF-16 a file is in by the zeros in it, as it may lack the mark; None for none.

    Raises WorkbookError for UTF-32.
    """
    start = raw[: _SAMPLE // 4 * 4]
    zeros = [start[at::4].count(0) for at in range(4)]
    quarter = max(len(start) // 4, 1)
    mostly = [count > quarter * 0.6 for count in zeros]
    if sum(mostly) == 3 or raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise WorkbookError(
            f"{title}.csv is written in UTF-32, which can't be read.", "Save it as CSV UTF-8."
        )
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    if mostly == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if mostly == [True, False, True, False] else None


def _without_end_mark(text: str) -> str:
    """Give a text without the Ctrl-Z that programs of old end a file with."""
    bare = text.rstrip("\r\n\x1a")
    return bare + "\n" if "\x1a" in text[len(bare) :] else text


def _guess(title: str, raw: bytes) -> str:
    """Give the text of a file that isn't UTF-8, when every likely encoding reads it alike."""
    from charset_normalizer import from_bytes

    lines = b"".join([line for line in raw.splitlines(keepends=True) if not line.isascii()])
    likely = from_bytes(lines[:_SAMPLE]).best()
    candidates = [*([likely.encoding] if likely else []), "cp1252"]
    readings: dict[str, str] = {}
    for name in candidates:
        try:
            readings.setdefault(raw.decode(name), name)
        except (UnicodeDecodeError, LookupError):
            continue
    if len(readings) == 1:
        return _without_end_mark(next(iter(readings)))
    raise WorkbookError(
        f"{title}.csv is not written in UTF-8, and its encoding isn't "
        f"clear{_difference(list(readings))}.",
        f"Say which it is with --csv-encoding, such as {' or '.join(readings.values()) or 'cp1252'}"
        ", or save the file as CSV UTF-8.",
    )


def _difference(readings: list[str]) -> str:
    """Show the first word that two readings read differently."""
    if len(readings) < 2:
        return ""
    one, two = (reading.replace(",", " ").replace(";", " ").split() for reading in readings[:2])
    pair = next(((a, b) for a, b in zip(one, two, strict=False) if a != b), None)
    return f" (is it “{pair[0][:40]}” or “{pair[1][:40]}”?)" if pair else ""


def _delimiter(title: str, text: str) -> str:
    """Give the delimiter under which the first rows name most known columns.

    When none are known (a mapping will say which they are), the one that cuts every row alike.
    """
    found = {mark: _sample(text, mark) for mark in _DELIMITERS}
    layout = match_sheet(title)
    layouts = [layout] if layout else list(SHEETS)

    def named(rows: list[list[str]]) -> int:
        return max(
            (sum(bool(la.match(c)) for c in row) for row in rows for la in layouts), default=0
        )

    def alike(rows: list[list[str]]) -> int:
        return min((len(row) for row in rows if row), default=0)

    for score in (named, alike):
        scores = {mark: score(rows) for mark, rows in found.items()}
        best = max(scores.values())
        marks = [mark for mark, points in scores.items() if points == best]
        if best > 1 and len(marks) == 1:
            return marks[0]
        if best > 1:
            break
    else:
        if not any(mark in text[:_SAMPLE] for mark in _DELIMITERS):
            return ","
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
    raise WorkbookError(
        f"{title}.csv can be split into columns in more than one way, or not at all.",
        "Give the mark that separates its columns with --csv-delimiter: "
        f"{', '.join(names.values())} or the character itself.",
    )


def _sample(text: str, delimiter: str) -> list[list[str]]:
    """Give the first 20 rows as a delimiter cuts them; what can't be cut is left out."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text[:_SAMPLE], newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) == 20:
                break
    except csv.Error:
        pass
    return rows


def _records(title: str, text: str, delimiter: str) -> list[list[str]]:
    """Cut a text into records (RFC 4180); one with an unclosed quotation mark is refused."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        raise WorkbookError(
            f"{title}.csv can't be split into columns: near line {reader.line_num}, {error}.",
            "Check the quotation marks there: inside a quoted text, each must be written twice.",
        ) from error
    return rows


def _level(rows: list[list[str]], width: int) -> Iterator[list[str]]:
    """Yield rows of equal width."""
    for row in rows:
        yield row + [""] * (width - len(row)) if len(row) < width else row
