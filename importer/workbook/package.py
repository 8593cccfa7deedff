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
from typing import IO
from xml.etree import ElementTree

from importer.errors import WorkbookError

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
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


class Package:
    """Reads the parts of one file. Use as a context manager.

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
        """The names of all parts."""
        return frozenset(self._zip.namelist())

    @cached_property
    def sheets(self) -> dict[str, str]:
        """The part name of each worksheet by its title, in the workbook's order."""
        related = self.relations("xl/workbook.xml")
        return {
            sheet.get("name", ""): related[sheet.get(_RELATION, "")]
            for sheet in self._tree("xl/workbook.xml").iter()
            if _local(sheet.tag) == "sheet" and sheet.get(_RELATION, "") in related
        }

    @cached_property
    def formats(self) -> list[str]:
        """The number format of each cell style, by the style's index (the `s` of a cell)."""
        if "xl/styles.xml" not in self.parts:
            return []
        known = {str(number): code for number, code in BUILT_IN_FORMATS.items()}
        styles: list[str] = []
        for node in self._tree("xl/styles.xml"):
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
        node = next(
            (n for n in self._tree("xl/workbook.xml").iter() if _local(n.tag) == "workbookPr"), None
        )
        return node is not None and node.get("date1904", "0") in ("1", "true")

    @cached_property
    def properties(self) -> dict[str, str]:
        """The custom document properties, our own stamps among them."""
        if "docProps/custom.xml" not in self.parts:
            return {}
        return {
            node.get("name", ""): "".join(node.itertext())
            for node in self._tree("docProps/custom.xml")
        }

    @property
    def unpacked(self) -> tuple[int, int]:
        """How large the parts are in all: (packed, unpacked) bytes, as the zip's index says."""
        items = self._zip.infolist()
        return sum(i.compress_size for i in items), sum(i.file_size for i in items)

    def open(self, part: str) -> IO[bytes]:
        """Open a part for reading; KeyError when the file lacks it."""
        return self._zip.open(part)

    def chunks(self, part: str, until: bytes) -> Iterator[bytes]:
        """Yield a part in pieces that each end with `until` (but for the last).

        Raises WorkbookError for a damaged part and for one with a document type declaration.
        """
        rest = b""
        first = True
        try:
            with self._zip.open(part) as stream:
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

    def relations(self, part: str) -> dict[str, str]:
        """Give the parts to which a part refers, by the ID of the relation."""
        folder, name = posixpath.split(part)
        found = {}
        for node in self._tree(f"{folder}/_rels/{name}.rels"):
            target = node.get("Target", "")
            full = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
            found[node.get("Id", "")] = posixpath.normpath(full)
        return found

    def _tree(self, part: str) -> ElementTree.Element:
        try:
            with self._zip.open(part) as stream:
                text = stream.read(_SMALL)
            self._refuse_declarations(part, text[:CHUNK])
            return ElementTree.fromstring(text)  # noqa: S314  no declarations, so no entities
        except BROKEN as error:
            raise damaged(self._path) from error

    def refuse_declarations(self, part: str) -> None:
        """Raise WorkbookError when a part, if there is one, has a document type declaration."""
        if part in self.parts:
            try:
                with self._zip.open(part) as stream:
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


def damaged(path: Path) -> WorkbookError:
    """Make the error for a file that is cut off or broken inside."""
    return WorkbookError(
        f"{path.name} is damaged: not all of it can be read.",
        "Open it in Excel, let Excel repair it, save it, and try again.",
    )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
