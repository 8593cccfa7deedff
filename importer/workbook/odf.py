"""Pure: what the cells and styles of an .ods file mean (OpenDocument 1.3, part 3)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
STYLE = "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
SPACE, TAB, BREAK = "\x01", "\x02", "\x03"
"""What marks a blank that the file means; no XML file holds these characters."""

_BLANKS = re.compile("[ \t\r\n]+")
_MEANT = str.maketrans({SPACE: " ", TAB: "\t", BREAK: "\n"})
_DURATION = re.compile(r"-?P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?")


class Styles:
    """Knows what the styles of cells and tables show: SheetJS has numbers that look like dates."""

    def __init__(self) -> None:
        self.unseen: set[str] = set()
        self._name = ""
        self._formats: dict[str, str] = {}
        self._cells: dict[str, str] = {}

    def start(self, local: str, attributes: dict[str, str]) -> None:
        """Take the start of an element of the styles."""
        name = attributes.get(f"{STYLE} name", "")
        match local:
            case "style":
                self._name = name
                self._cells[name] = attributes.get(f"{STYLE} data-style-name", "")
            case "table-properties" if attributes.get(f"{TABLE} display") == "false":
                self.unseen.add(self._name)
            case _ if local.endswith("-style") and name:
                self._formats[name] = local

    def kind(self, style: str | None) -> str:
        """Give the kind of number format of a cell's style, such as `date-style`; "" for none."""
        return self._formats.get(self._cells.get(style or "", ""), "")


def value_of(cell: dict[str, str], kind: str, shown: str) -> Any:
    """Give a cell's value (OpenDocument 1.3, part 3, 19.387); a text is what its paragraphs say."""
    match kind:
        case "float" | "percentage" | "currency":
            return float(cell[f"{OFFICE} value"])
        case "date":
            return _moment(cell[f"{OFFICE} date-value"])
        case "time":
            return _length(cell[f"{OFFICE} time-value"])
        case "boolean":
            return cell[f"{OFFICE} boolean-value"] == "true"
    return shown or cell.get(f"{OFFICE} string-value", "")


def _moment(text: str) -> dt.date | str:
    try:
        found = dt.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text
    return found if "T" in text and found.time() != dt.time() else found.date()


def _length(text: str) -> dt.timedelta | str:
    match = _DURATION.fullmatch(text)
    if match is None:
        return text
    days, hours, minutes, seconds = (
        float((part or "0").replace(",", ".")) for part in match.groups()
    )
    length = dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if text.startswith("-") else length


def meant(paragraph: str) -> str:
    """Give a paragraph's text: blanks of the file's own layout count as one, marked ones stay."""
    return _BLANKS.sub(" ", paragraph).strip(" ").translate(_MEANT)
