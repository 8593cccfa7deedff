"""How a workbook is to be read, and within which limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.workbook.mapping import WorkbookMapping


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask of this machine; beyond it, it is refused in one sentence.

    Sizes are in bytes. `ratio` is unpacked over packed size, looked at above `ratio_from` bytes.
    """

    unpacked: int = 2 * 1024**3
    ratio: int = 400
    ratio_from: int = 64 * 1024**2
    cells: int = 60_000_000
    sheets: int = 250
    columns: int = 250
    styles: int = 66_000
    header_rows: int = 20


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the file itself can't say.

    `time_zone` is the store's (IANA name): date cells are days there; None: not known, taken as
    UTC, which is said where a time of day depends on it. `date_formats` are
    strptime formats for dates written as text. `locale` (such as `de_DE`) says which marks
    amounts written as text use, and in which language months are named besides English; None:
    only amounts that can be read in one way are taken.
    `strict` makes errors of money ties that don't add up. `mapping` says which of the user's
    headers are which of ours; what is said here goes before what the mapping says.
    `csv_encoding` (a Python codec) and `csv_delimiter` (one character) say how .csv files are
    written; None: they are detected. `severities` sets how grave the faults of a code are:
    `error`, `warning` or `off`. `remembered`: without a mapping, one that was used for the very
    same headers before is used again.
    """

    time_zone: str | None = None
    date_formats: tuple[str, ...] = ()
    locale: str | None = None
    strict: bool = False
    limits: Limits = field(default_factory=Limits)
    mapping: WorkbookMapping | None = None
    csv_encoding: str | None = None
    csv_delimiter: str | None = None
    severities: Mapping[str, str] = field(default_factory=dict)
    remembered: bool = True

    @property
    def zone(self) -> str:
        """The time zone in which days begin."""
        return self.time_zone or "UTC"


def strptime_format(text: str) -> str:
    """Give the strptime format of Excel's own words for a date, such as `DD-MMM-YYYY`.

    One with % signs is taken as it is. Raises ValueError, with a sentence, for a word that isn't
    understood and when it doesn't say where day, month and year are.
    """
    given = text if "%" in text else _of_excel(text)
    if not all(
        any(sign in given for sign in signs)
        for signs in (("%Y", "%y"), ("%m", "%b", "%B"), ("%d",))
    ):
        raise ValueError(
            f"'{text}' doesn't say where day, month and year are; use something like DD/MM/YYYY"
        )
    return given


_WORDS = re.compile(
    r"\[[^\]]*\]|\"(?P<quoted>[^\"]*)\"|\\\\(?P<escaped>.)|;@$|(?P<half>AM/PM)"
    r"|(?P<letters>([A-Z])\5*)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_SIGNS = {
    **{"YYYY": "%Y", "YY": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m"},
    **{"DDDD": "%A", "DDD": "%a", "DD": "%d", "D": "%d"},
    **{"HH": "%H", "H": "%H", "SS": "%S", "S": "%S"},
}


def _of_excel(text: str) -> str:
    """Give the strptime format of Excel's words; M next to hours or seconds means minutes."""
    pieces: list[str] = []
    for word in _WORDS.finditer(text.strip()):
        letters = (word["letters"] or "").upper()
        if letters and letters not in _SIGNS:
            raise ValueError(
                f"'{word[0]}' in '{text}' is not understood; use something like DD/MM/YYYY, D "
                "MMMM YYYY or MM/DD/YY HH:MM AM/PM"
            )
        last = next((piece for piece in reversed(pieces) if piece.startswith("%")), "")
        if letters in ("M", "MM") and last in ("%H", "%I"):
            pieces.append("%M")
        elif letters:
            pieces.append(_SIGNS[letters])
        else:
            literal = word["quoted"] or word["escaped"] or word["other"] or ""
            pieces.append("%p" if word["half"] else literal.replace("%", "%%"))
    return "".join("%I" if piece == "%H" and "%p" in pieces else piece for piece in pieces)


def excel_format(form: str) -> str:
    """Give a strptime format in Excel's own words; as it is where that can't be."""
    words = {sign: word for word, sign in reversed(_SIGNS.items())} | {
        "%M": "MM",
        "%I": "HH",
        "%p": "AM/PM",
    }
    given = re.sub("%[A-Za-z]", lambda found: words.get(found[0], found[0]), form)
    try:
        return given if strptime_format(given) == form else form
    except ValueError:
        return form


def known_locale(text: str) -> str:
    """Give a locale's name as Babel has it: `de-DE` → `de_DE`. Raises ValueError, a sentence."""
    from babel.core import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(text.replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        raise ValueError(
            f"'{text}' is not a locale; use something like en_US, de_DE or fr_FR"
        ) from None
