"""How the cells of an .xlsx file are painted: fill, ink, bold and italic of each cell style.

Pure: from the trees of the styles and the theme (ISO/IEC 29500 part 1, 18.8 and 20.1.6.2) to
colours as RGB in hex. What isn't plain is left out: patterns, gradients, a system's own colours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar
from xml.etree.ElementTree import Element

T = TypeVar("T")

_RGB = re.compile(r"(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")
_INDEX = re.compile("[0-9]{1,6}")
_BLACK = "000000"
_OFF = frozenset({"0", "false"})
_LIGHT_AND_DARK = (1, 0, 3, 2)  # a theme lists dark before light, cells count light first


class Paint(NamedTuple):
    """How a cell is painted; None: as a cell that nobody painted."""

    fill: str | None = None
    colour: str | None = None
    bold: bool = False
    italic: bool = False


def paints(styles: Element, theme: Element | None) -> list[Paint | None]:
    """Give the paint of each cell style, by its index (the `s` of a cell); None for none."""
    colours = _Colours(_palette(styles), _theme_colours(theme))
    fills = [_fill(node, colours) for node in _items(styles, "fills")]
    fonts = [_font(node, colours) for node in _items(styles, "fonts")]
    found: list[Paint | None] = []
    for node in _items(styles, "cellXfs"):
        paint = _at(fonts, node.get("fontId")) or Paint()
        paint = paint._replace(fill=_at(fills, node.get("fillId")))
        found.append(None if paint == Paint() else paint)
    return found


class _Colours:
    """Works out what a colour of the file is, by whichever way the file names it."""

    def __init__(self, palette: Sequence[str], theme: Sequence[str | None]) -> None:
        self._palette, self._theme = palette, theme

    def of(self, node: Element | None) -> str | None:
        """Give a colour as RGB in hex; None where there is none that we could know."""
        if node is None:
            return None
        base = _rgb(node.get("rgb"))
        base = base or _at(self._theme, node.get("theme"))
        base = base or _rgb(_at(self._palette, node.get("indexed")))
        return _tinted(base, _number(node.get("tint"))) if base else None


def _fill(node: Element, colours: _Colours) -> str | None:
    pattern = _child(node, "patternFill")
    if pattern is None or pattern.get("patternType") != "solid":
        return None
    return colours.of(_child(pattern, "fgColor"))


def _font(node: Element, colours: _Colours) -> Paint:
    colour = colours.of(_child(node, "color"))
    return Paint(
        colour=None if colour == _BLACK else colour,
        bold=_is_on(_child(node, "b")),
        italic=_is_on(_child(node, "i")),
    )


def _is_on(node: Element | None) -> bool:
    return node is not None and node.get("val") not in _OFF


def _palette(styles: Element) -> Sequence[str]:
    """Give the colours that are named by a number: the file's own, else those of Excel."""
    from openpyxl.styles.colors import COLOR_INDEX

    own = [node.get("rgb", "") for node in _items(_child(styles, "colors"), "indexedColors")]
    return own or COLOR_INDEX


def _theme_colours(theme: Element | None) -> list[str | None]:
    scheme = None if theme is None else next(_named(theme, "clrScheme"), None)
    listed = [_theme_colour(node) for node in scheme] if scheme is not None else []
    swapped = [_at(listed, str(at)) for at in _LIGHT_AND_DARK]
    return [*swapped, *listed[len(swapped) :]]


def _theme_colour(node: Element) -> str | None:
    colour = next(iter(node), None)
    return None if colour is None else _rgb(colour.get("lastClr") or colour.get("val"))


def _tinted(colour: str, tint: float) -> str:
    """Give a colour lightened (tint up to 1) or darkened (down to -1), as 18.8.19 has it."""
    from colorsys import hls_to_rgb, rgb_to_hls

    if not tint or not -1 <= tint <= 1:
        return colour
    hue, light, saturation = rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    parts = hls_to_rgb(hue, light, saturation)
    return "".join(f"{round(part * 255):02X}" for part in parts)


def _rgb(text: str | None) -> str | None:
    """Give a colour without its transparency, which cells don't have; None for what is none."""
    found = _RGB.fullmatch(text or "")
    return found[1].upper() if found else None


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _at(listed: Sequence[T], index: str | None) -> T | None:
    """Give one of a list by the number that a file holds; None where there is none of it."""
    at = int(index) if index and _INDEX.fullmatch(index) else len(listed)
    return listed[at] if at < len(listed) else None


def _items(node: Element | None, name: str) -> Sequence[Element]:
    found = None if node is None else _child(node, name)
    return () if found is None else list(found)


def _child(node: Element, name: str) -> Element | None:
    return next((one for one in node if one.tag.rpartition("}")[2] == name), None)


def _named(tree: Element, name: str) -> Iterator[Element]:
    return (one for one in tree.iter() if one.tag.rpartition("}")[2] == name)
