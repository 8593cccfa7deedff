"""Pure: what a cell shows of its number, by its number format (ECMA-376 part 1, 18.8.30 and 31).

Only what is the same on every computer is worked out: literals, leading zeros, sections, signs.
Exponents, fractions, dates, scaled and rounded numbers give None: they don't show the number
itself. Packages for number formats always give some text, and never say that it is one of these.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from importer.workbook.bad import plain

PLAIN = frozenset({"", "General", "@"})
"""Formats that show a number as it is."""

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<gap>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General)|(?P<digit>[0#?])|(?P<mark>[.,%;@])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_BARE_LITERALS = frozenset(" $-+():!^&'~{}<>=")
_COLOUR = re.compile(
    r"black|blue|cyan|green|magenta|red|white|yellow|colou?r ?\d{1,2}", re.IGNORECASE
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
CURRENCY = re.compile(r"\$([^-]*)(?:-([0-9A-Fa-f]+))?")
_BETWEEN_DIGITS = re.compile(r"\d[.,'’\u00a0\u202f]\d")
_MARKED = re.compile(r"\d{1,3}((?:[.,'’\u00a0\u202f]\d{3})*)(?:[.,](\d+))?%?")
_GENERAL_SHOWS = Decimal(10) ** 11
EN_MARKS = (".", ",")


@dataclass(frozen=True, slots=True)
class Format:
    """How a cell shows its number: the format's code, or the very text that the file keeps.

    `currency` is the code of the currency that the file itself names beside the number.
    """

    code: str
    shown: str = ""
    currency: str = ""

    def text(self, value: float, marks: Sequence[str] | None = EN_MARKS) -> str | None:
        """Give what the cell shows of a number, without spaces around it; None: not exactly it.

        `marks` are those for decimals and thousands; None: a text with such marks isn't taken.
        """
        if not math.isfinite(value):
            return None
        if self.shown:
            return self.shown if _holds(self.shown, value, strict=marks is None) else None
        return shown_by(self.code, value, marks)

    def code_for(self, value: float) -> str:
        """Give a number format under which the number shows the same; "" when none is known."""
        return _code_like(self.shown, value) if self.shown else self.code


@dataclass(slots=True)
class _Section:
    """One of the up to four parts of a format: for positive, negative, zero, text."""

    pieces: list[tuple[str, str]] = field(default_factory=list)
    condition: tuple[str, Decimal] | None = None
    hundred: int = 0
    unknown: bool = False
    is_text: bool = False


def shown_by(code: str, value: float, marks: Sequence[str] | None = EN_MARKS) -> str | None:
    """Give what a number format shows of a number; None when that isn't exactly the number."""
    exact = Decimal(f"{value:.15g}")
    sections = [section for section in _sections(code) if not section.is_text]
    if not sections:
        return plain(exact)
    section, minus = _chosen(sections, exact)
    if section is None:
        return None
    text = _rendered(section, abs(exact), marks)
    if not text or not text.strip():
        return None
    if marks is None and (_FILL in text or (minus and text[0] == " ")):  # blanks of any width
        return None
    return f"{'-' if minus else ''}{text.replace(_FILL, ' ').strip()}"


@lru_cache(maxsize=2048)
def is_faithful(code: str) -> bool:
    """Whether a format shows each amount of two decimals as it is, a negative one as such."""
    below = shown_by(code, -1234.56)
    return shown_by(code, 1234.56) is not None and below is not None and below[0] in "-("


def is_plain(code: str, value: float) -> bool:
    """Whether a format shows a number as it is, which is quick to see."""
    return code in PLAIN or (code in ("0", "#") and value % 1 == 0 and value != 0)


@lru_cache(maxsize=2048)
def _sections(code: str) -> tuple[_Section, ...]:
    section = _Section()
    found = [section]
    for token in TOKEN.finditer(code):
        kind, text = str(token.lastgroup), token[str(token.lastgroup)]
        if kind == "mark" and text == ";":
            section = _Section()
            found.append(section)
        else:
            _add(section, kind, text)
    return tuple(found)


def _add(section: _Section, kind: str, text: str) -> None:
    """Add a token to a section; what can't be shown exactly makes it unknown."""
    match kind:
        case "quoted" | "escaped":
            section.pieces.append(("literal", text))
        case "gap":
            section.pieces.append(("literal", " "))
        case "fill":
            section.unknown |= text != " "
            section.pieces.append(("fill", ""))
        case "bracket":
            _add_bracket(section, text)
        case "general" | "digit":
            section.pieces.append((kind, text))
        case "mark" if text == "%":
            section.hundred += 1
            section.pieces.append(("literal", "%"))
        case "mark" if text == "@":
            section.is_text = True
        case "mark":
            section.pieces.append(("point" if text == "." else "comma", text))
        case _ if text in _BARE_LITERALS or (not text.isascii() and not text.isdigit()):
            section.pieces.append(("literal", text))
        case _ if text.isdigit():  # 1 to 9 stand for themselves
            section.pieces.append(("literal", text))
        case _:
            section.unknown = True


def _add_bracket(section: _Section, text: str) -> None:
    if condition := _CONDITION.fullmatch(text.strip()):
        section.condition = condition[1], Decimal(condition[2])
    elif currency := CURRENCY.fullmatch(text):
        section.unknown |= len(currency[2] or "") > 4  # other digits, another calendar
        section.pieces.append(("literal", currency[1]))
    elif not _COLOUR.fullmatch(text):
        section.unknown = True


def _chosen(sections: Sequence[_Section], exact: Decimal) -> tuple[_Section | None, bool]:
    """Give the section for a number, and whether a minus comes before what it shows."""
    if any(section.condition for section in sections):
        for section in sections:
            if section.condition is None and section is not sections[-1]:
                return None, False
            if section.condition is None or _holds_for(section.condition, exact):
                return (section, False) if exact >= 0 else (None, False)
        return None, False
    if exact < 0 and len(sections) > 1:
        return sections[1], False
    if exact == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], exact < 0


def _holds_for(condition: tuple[str, Decimal], exact: Decimal) -> bool:
    sign, limit = condition
    found = (exact > limit) - (exact < limit)
    return (
        found
        in {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (1, 0), "=": (0,), "<>": (-1, 1)}[sign]
    )


def _rendered(section: _Section, exact: Decimal, marks: Sequence[str] | None) -> str | None:
    kinds = [kind for kind, _ in section.pieces]
    if section.unknown or kinds.count("point") > 1:
        return None
    if marks is None:
        if section.hundred or exact % 1 or not {"point", "comma"}.isdisjoint(kinds):
            return None
        marks = EN_MARKS
    if "general" in kinds:
        return _around_general(section, exact, marks)
    at = kinds.index("point") if "point" in kinds else len(kinds)
    whole, decimals = section.pieces[:at], section.pieces[at + 1 :]
    places, behind = (sum(kind == "digit" for kind, _ in part) for part in (whole, decimals))
    if not places and not behind:
        return None
    if any(kind == "comma" for kind, _ in decimals) or _scales(whole):
        return None
    exact *= 100**section.hundred
    if exact != round(exact, behind):
        return None
    digits, _, fraction = f"{exact:.{behind}f}".partition(".")
    text = _whole(whole, "" if digits == "0" else digits, places, marks[1])
    if text is None:
        return None
    if at < len(kinds):
        text += marks[0] + _fraction(decimals, fraction)
    return _unfilled(text)


def _scales(whole: Sequence[tuple[str, str]]) -> bool:
    """Whether a comma behind the last digit shows thousands."""
    kinds = [kind for kind, _ in whole if kind in ("digit", "comma")]
    return bool(kinds) and kinds[-1] == "comma"


def _around_general(section: _Section, exact: Decimal, marks: Sequence[str]) -> str | None:
    kinds = {kind for kind, _ in section.pieces}
    if kinds - {"general", "literal", "fill"} or section.hundred or exact >= _GENERAL_SHOWS:
        return None
    text = plain(exact).replace(".", marks[0])
    return _unfilled(
        "".join(
            text if kind == "general" else _FILL if kind == "fill" else word
            for kind, word in section.pieces
        )
    )


_FILL = "\0"


def _unfilled(text: str) -> str:
    """Leave out the blanks that fill a cell's width, but for those within the text."""
    before, fill, after = text.partition(_FILL)
    return before + fill + after if before.strip() and after.strip() else before + after


def _whole(pieces: Sequence[tuple[str, str]], digits: str, places: int, mark: str) -> str | None:
    """Put the digits before the point in their places, from the right; what is over goes first."""
    grouped = any(kind == "comma" for kind, _ in pieces)
    within = [kind for kind, _ in pieces]
    if grouped and places:
        first, last = within.index("digit"), len(within) - within[::-1].index("digit")
        if "literal" in within[first:last]:
            return None
    shown: list[str] = []
    left, place, count = digits, 0, 0
    zeros = "".join(word for kind, word in pieces if kind == "digit").find("0")
    for kind, word in reversed(pieces):
        if kind == "literal":
            shown.append(word)
        elif kind == "fill":
            shown.append(_FILL)
        elif kind == "digit":
            place += 1
            taken = left if place == places else left[-1:]
            left = left[: len(left) - len(taken)]
            if not taken and word != "0" and 0 <= zeros < places - place:
                return None  # programs differ in what stands there
            for digit in reversed(taken or _EMPTY[word]):
                shown.append(mark if grouped and count and count % 3 == 0 and digit != " " else "")
                shown.append(digit)
                count += 1
    return "".join(reversed(shown))


_EMPTY = {"0": "0", "#": "", "?": " "}


def _fraction(pieces: Sequence[tuple[str, str]], fraction: str) -> str:
    shown, at = "", 0
    for kind, word in pieces:
        if kind == "digit":
            rest = fraction[at:].strip("0")
            shown += fraction[at] if rest or word == "0" else _EMPTY[word]
            at += 1
        else:
            shown += _FILL if kind == "fill" else word
    return shown


def _holds(shown: str, value: float, *, strict: bool) -> bool:
    """Whether a text has the digits of a number, all of them and in their order.

    `strict`: of a whole number, with nothing between them that could be a mark.
    """
    exact = Decimal(f"{value:.15g}")
    if strict and (exact % 1 or "%" in shown or _BETWEEN_DIGITS.search(shown)):
        return False
    digits = "".join(re.findall(r"[0-9]", shown)).lstrip("0")
    scaled = (abs(exact) * 10**places for places in range(1 if strict else 16))
    return any(
        f"{whole:f}".partition(".")[0].lstrip("0") == digits for whole in scaled if whole % 1 == 0
    )


def _code_like(shown: str, value: float) -> str:
    """Give the number format that shows a number like a text that a file keeps; "": none."""
    if not _holds(shown, value, strict=True):
        found = _MARKED.fullmatch(shown.lstrip("-"))
        decimals = len(found[2] or "") if found and _holds(shown, value, strict=False) else 0
        point = f".{'0' * decimals}" if decimals else ""
        return f"{'#,##0' if found[1] else '0'}{point}" if found else ""
    bare = shown.removeprefix("-") if value < 0 else shown
    code = "".join("0" if char in "0123456789" else f"\\{char}" for char in bare)
    return code if shown_by(code, value) == shown else ""
