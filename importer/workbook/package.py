"""An .xlsx or .xlsm file as the zip of XML parts that it is (ECMA-376).

For what the fast reader doesn't tell: number formats, hidden rows, cells without a value, our own
stamps.
"""

from __future__ import annotations

import posixpath
import re
from functools import cached_property
from typing import NamedTuple
from xml.etree import ElementTree

from importer.workbook.paint import Paint, paints
from importer.workbook.parts import BROKEN, SMALL, Damaged, Parts, damaged

RUN_PROPERTY = "importer.run"
"""The custom document property by which a report of ours is known again."""

_BINARY_WORKBOOK = b"\x83\x01"  # the record that begins one ([MS-XLSB] 2.4.25)
_DOCTYPE = b"<!DOCTYPE"  # refused when it is read
_SHEET_MARK = re.compile(rb'<sheet\s[^>]*\br:id="')
_USUAL = "xl/workbook.xml"

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


class SheetEntry(NamedTuple):
    """A sheet as the workbook names it; `part` is None for what is no worksheet: charts, macros."""

    title: str
    hidden: bool
    part: str | None


class Package(Parts):
    """Reads the parts of one file, whose names count in any case. Use as a context manager.

    Raises WorkbookError for a damaged zip or a part with a document type declaration.
    """

    @cached_property
    def workbook(self) -> str | None:
        """The part that names the sheets, .xml or .bin; None when the file isn't a workbook."""
        related = [r.part for r in self.relations("").values() if r.kind == "officedocument"]
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
            marks = len(_SHEET_MARK.findall(stream.read(SMALL)))
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
    def paints(self) -> list[Paint | None]:
        """How each cell style paints its cells, by the style's index; None: it doesn't."""
        return paints(self._tree(self.styles), self._theme()) if self.styles else []

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
        word = kind.casefold()
        related = [r.part for r in self.relations(self._workbook).values() if r.kind == word]
        folder, name = posixpath.split(self._workbook)
        usual = f"{folder}/{kind}{posixpath.splitext(name)[1]}"
        return next(filter(self.has, (*related, usual)), None)

    def _theme(self) -> ElementTree.Element | None:
        part = self._beside("theme")
        try:
            return self._tree(part) if part else None
        except Damaged:  # that costs a few colours only
            return None

    def _setting(self, name: str) -> dict[str, str]:
        nodes = self._tree(self._workbook).iter()
        return next((node.attrib for node in nodes if _local(node.tag) == name), {})


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _relation_id(node: ElementTree.Element) -> str:
    """Give a node's `r:id`, whose namespace differs between transitional and Strict."""
    return next((v for k, v in node.attrib.items() if k.endswith("relationships}id")), "")


def _is_true(text: str | None) -> bool:
    return text in ("1", "true")
