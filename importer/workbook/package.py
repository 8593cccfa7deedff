"""An .xlsx or .xlsm file as the zip of XML parts that it is (ECMA-376).

For what the fast reader doesn't tell: number formats, hidden rows, cells without a value, our own
stamps. Refuses document type declarations, so that no entity is ever expanded.
"""

from __future__ import annotations

import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree

from importer.errors import WorkbookError

RUN_PROPERTY = "importer.run"
"""The custom document property by which a report of ours is known again."""

_BINARY_WORKBOOK = b"\x83\x01"  # the record that begins one ([MS-XLSB] 2.4.25)
_DOCTYPE = b"<!DOCTYPE"  # refused when it is read
_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([^\"']+)")
_SHEET_MARK = re.compile(rb'<sheet\s[^>]*\br:id="')
_USUAL = "xl/workbook.xml"
_SMALL = 64 * 1024**2
_LONGEST_ROW = 256 * 1024**2
CHUNK = 4 * 1024**2

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    RuntimeError,  # a zip with a password, or packed in a way that Python doesn't know
    struct.error,
    ElementTree.ParseError,
)
"""What reading a damaged zip or a broken part of it raises."""

BUILT_IN_FORMATS = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    37: "#,##0_);(#,##0)",
    38: "#,##0_);[Red](#,##0)",
    39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mmss.0",
    48: "##0.0E+0",
    49: "@",
}
"""The number formats that a file names by number only (ECMA-376 part 1, 18.8.30)."""


class Relation(NamedTuple):
    """What one part is to another: the last word of the relation's type, and the part's name.

    The words before it differ between the transitional and the Strict spelling of the standard.
    """

    kind: str
    part: str


class SheetEntry(NamedTuple):
    """A sheet as the workbook names it; `part` is None for what is no worksheet: charts, macros."""

    title: str
    hidden: bool
    part: str | None


class Package:
    """Reads the parts of one file, whose names count in any case. Use as a context manager.

    Raises WorkbookError for a damaged zip or a part with a document type declaration.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except BROKEN as error:
            raise damaged(path) from error
        self._path = path

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    @cached_property
    def parts(self) -> frozenset[str]:
        """The names of all parts, as the file spells them."""
        return frozenset(self._zip.namelist())

    @cached_property
    def workbook(self) -> str | None:
        """The part that names the sheets, .xml or .bin; None when the file isn't a workbook."""
        related = [r.part for r in self.relations("").values() if r.kind == "officeDocument"]
        usual = [_USUAL, "xl/workbook.bin"]
        return next((part for part in (*related, *usual) if self._is_workbook(part)), None)

    @cached_property
    def entries(self) -> list[SheetEntry]:
        """The sheets in the workbook's order."""
        related = self.relations(self._workbook)
        found = []
        for node in self._tree(self._workbook).iter():
            if _local(node.tag) != "sheet":
                continue
            to = related.get(_relation_id(node))
            if to is None:
                raise damaged(self._path)
            part = to.part if to.kind == "worksheet" else None
            hidden = node.get("state", "visible") != "visible"
            found.append(SheetEntry(node.get("name", ""), hidden, part))
        return found

    @property
    def sheets(self) -> dict[str, str]:
        """The part name of each worksheet by its title, in the workbook's order."""
        return {entry.title: entry.part for entry in self.entries if entry.part}

    @cached_property
    def strings(self) -> str | None:
        """The part of the shared strings, if there is one."""
        return self._beside("sharedStrings")

    @cached_property
    def styles(self) -> str | None:
        """The part of the cell styles, if there is one."""
        return self._beside("styles")

    @cached_property
    def is_usual(self) -> bool:
        """Whether the parts have the names that Excel gives them: some programs know no others."""
        usual = {_USUAL, "xl/sharedStrings.xml", "xl/styles.xml"}
        named = {self.workbook, self.strings, self.styles} - {None}
        with self.open(self._workbook) as stream:
            marks = len(_SHEET_MARK.findall(stream.read(_SMALL)))
        return (
            named <= usual
            and named <= self.parts
            and self.parts.issuperset(self.sheets.values())
            and marks >= len(self.sheets)
        )

    @cached_property
    def formats(self) -> list[str]:
        """The number format of each cell style, by the style's index (the `s` of a cell)."""
        if self.styles is None:
            return []
        known = {str(number): code for number, code in BUILT_IN_FORMATS.items()}
        styles: list[str] = []
        for node in self._tree(self.styles):
            if _local(node.tag) == "numFmts":
                known.update(
                    (item.get("numFmtId", "0"), item.get("formatCode", "")) for item in node
                )
            elif _local(node.tag) == "cellXfs":
                styles = [item.get("numFmtId", "0") for item in node]
        return [known.get(number, "General") for number in styles]

    @cached_property
    def date1904(self) -> bool:
        """Whether day 0 is 1 January 1904, as old Mac workbooks have it."""
        return _is_true(self._setting("workbookPr").get("date1904"))

    @cached_property
    def uncalculated(self) -> bool:
        """Whether the file says that its formulas are still to be worked out.

        Libraries write 0 for a formula then. Our own reports keep the values that the user saw.
        """
        if RUN_PROPERTY in self.properties:
            return False
        setting = self._setting("calcPr")
        return (
            _is_true(setting.get("fullCalcOnLoad"))
            or _is_true(setting.get("forceFullCalc"))
            or setting.get("calcCompleted") in ("0", "false")
        )

    @cached_property
    def properties(self) -> dict[str, str]:
        """The custom document properties, our own stamps among them."""
        related = [r.part for r in self.relations("").values() if r.kind == "custom-properties"]
        part = next(filter(self.has, (*related, "docProps/custom.xml")), None)
        if part is None:
            return {}
        return {node.get("name", ""): "".join(node.itertext()) for node in self._tree(part)}

    @property
    def unpacked(self) -> tuple[int, int]:
        """How large the parts are in all: (packed, unpacked) bytes, as the zip's index says."""
        items = self._zip.infolist()
        return sum(i.compress_size for i in items), sum(i.file_size for i in items)

    def has(self, part: str) -> bool:
        """Say whether the file has a part, in any case."""
        return _folded(part) in self._stored

    def size(self, part: str) -> int:
        """Give how many bytes a part has when it is unpacked, as the zip's index says."""
        return self._zip.getinfo(self._stored[_folded(part)]).file_size

    def open(self, part: str) -> IO[bytes]:
        """Open a part for reading; KeyError when the file lacks it."""
        return self._zip.open(self._stored[_folded(part)])

    def chunks(self, part: str, until: bytes) -> Iterator[bytes]:
        """Yield a part in pieces that each end with `until` (but for the last).

        Raises WorkbookError for a damaged part and for one with a document type declaration.
        """
        rest = b""
        first = True
        try:
            with self.open(part) as stream:
                while block := stream.read(CHUNK):
                    if first:
                        self._refuse_declarations(part, block)
                        first = False
                    cut = block.rfind(until)
                    if cut < 0:
                        rest += block
                        if len(rest) > _LONGEST_ROW:
                            raise damaged(self._path)
                        continue
                    cut += len(until)
                    yield rest + block[:cut]
                    rest = block[cut:]
        except BROKEN as error:
            raise damaged(self._path) from error
        if rest:
            yield rest

    def relations(self, part: str) -> dict[str, Relation]:
        """Give the parts to which a part refers, by the ID of the relation; "" is the package."""
        folder, name = posixpath.split(part)
        index = posixpath.join(folder, "_rels", f"{name}.rels")
        if not part and not self.has(index):
            return {}
        found = {}
        for node in self._tree(index):
            target = node.get("Target", "").replace("\\", "/")
            if node.get("TargetMode") == "External":
                continue
            full = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = node.get("Type", "").rpartition("/")[2]
            named = full if self.has(full) else unquote(full)
            found[node.get("Id", "")] = Relation(kind, named)
        return found

    @cached_property
    def _stored(self) -> dict[str, str]:
        return {_folded(name): name for name in self._zip.namelist()}

    @property
    def _workbook(self) -> str:
        if self.workbook is None:
            raise damaged(self._path)
        return self.workbook

    def _is_workbook(self, part: str) -> bool:
        if not self.has(part):
            return False
        try:
            with self.open(part) as stream:
                head = stream.read(64 * 1024)
        except BROKEN as error:
            raise damaged(self._path) from error
        if part.casefold().endswith(".bin"):
            return head.startswith(_BINARY_WORKBOOK)
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            head = head.decode("utf-16", "ignore").encode()
        return re.search(rb"<(?:\w+:)?workbook[\s/>]", head) is not None or _DOCTYPE in head

    def _beside(self, kind: str) -> str | None:
        """Give the part that the workbook names as this kind of relation, or the usual one."""
        related = [r.part for r in self.relations(self._workbook).values() if r.kind == kind]
        folder, name = posixpath.split(self._workbook)
        usual = f"{folder}/{kind}{posixpath.splitext(name)[1]}"
        return next(filter(self.has, (*related, usual)), None)

    def _setting(self, name: str) -> dict[str, str]:
        nodes = self._tree(self._workbook).iter()
        return next((node.attrib for node in nodes if _local(node.tag) == name), {})

    def _tree(self, part: str) -> ElementTree.Element:
        try:
            with self.open(part) as stream:
                text = stream.read(_SMALL)
            self._refuse_declarations(part, text[:CHUNK])
            return ElementTree.fromstring(text)  # noqa: S314  no declarations, so no entities
        except BROKEN as error:
            raise damaged(self._path) from error

    def refuse_declarations(self, part: str) -> None:
        """Raise WorkbookError when a part, if there is one, has a document type declaration."""
        if self.has(part):
            try:
                with self.open(part) as stream:
                    self._refuse_declarations(part, stream.read(64 * 1024))
            except BROKEN as error:
                raise damaged(self._path) from error

    def _refuse_declarations(self, part: str, head: bytes) -> None:
        if re.search(rb"<!(?:DOCTYPE|ENTITY)", head) or b"<\0!\0D\0O\0C" in head:
            raise WorkbookError(
                f"{self._path.name} holds a document type declaration in {part}, which no "
                "workbook has.",
                "Don't trust this file; ask its sender for one saved by Excel.",
            )


class Damaged(WorkbookError):
    """The file is cut off or broken inside, or one reader of files takes it for that."""


def damaged(path: Path) -> Damaged:
    """Make the error for a file that is cut off or broken inside."""
    return Damaged(
        f"{path.name} is damaged: not all of it can be read.",
        "Open it in Excel, let Excel repair it, save it, and try again.",
    )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def refuse_encoding(where: str, head: bytes) -> None:
    """Raise WorkbookError for a part, known to the user as `where`, that isn't UTF-8."""
    named = _ENCODING.search(head)
    name = named[1].decode("ascii", "replace") if named else "UTF-8"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head:
        name = "UTF-16"
    if name.casefold() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise WorkbookError(
            f"{where} is stored in the encoding {name}, which can't be read.",
            "Open the workbook in Excel, save it, and try again.",
        )


def _folded(part: str) -> str:
    return part.replace("\\", "/").strip("/").casefold()


def _relation_id(node: ElementTree.Element) -> str:
    """Give a node's `r:id`, whose namespace differs between transitional and Strict."""
    return next((v for k, v in node.attrib.items() if k.endswith("relationships}id")), "")


def _is_true(text: str | None) -> bool:
    return text in ("1", "true")
