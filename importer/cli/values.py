"""From a flag's text to its value; each raises ArgumentTypeError, a sentence, when it can't be."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def date_format(text: str) -> str:
    """Give the strptime format of a typed one."""
    from importer.workbook.options import strptime_format

    return _said(strptime_format, text)


def locale(text: str) -> str:
    """Give the name of a locale that is known."""
    from importer.workbook.options import known_locale

    return _said(known_locale, text)


def encoding(text: str) -> str:
    """Give the name of an encoding that is known."""
    import codecs

    try:
        return codecs.lookup(text).name
    except LookupError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not an encoding; use something like utf-8 or cp1252"
        ) from None


def delimiter(text: str) -> str:
    """Give the mark between columns, named or as it is."""
    named = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
    mark = named.get(text.casefold(), text)
    if len(mark) != 1 or mark in '"\r\n' or mark.isalnum():
        raise argparse.ArgumentTypeError(
            f"'{text}' can't separate columns; use comma, semicolon, tab or pipe"
        )
    return mark


def share(text: str) -> float:
    """Give a share of the budget, 80%, as 0.8."""
    from importer.hours import share as read

    try:
        return read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def hours(text: str) -> str:
    """Give a part of the day, tidied."""
    from importer.hours import hours as read

    return _said(lambda given: str(read(given)), text)


def duration(text: str) -> float:
    """Give a length of time, 90s, 30m, 2h or 0, in seconds."""
    number, unit = text.strip()[:-1], text.strip()[-1:].casefold()
    seconds = {"s": 1, "m": 60, "h": 3600}
    if text.strip() == "0":
        return 0.0
    if unit not in seconds or not number.isascii() or not number.isdecimal():
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a length of time; use something like 90s, 30m, 2h, or 0"
        )
    return float(int(number) * seconds[unit])


def time_zone(text: str) -> str:
    """Give the name of a time zone that is known."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text).key
    except (ValueError, OSError, KeyError):
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a time zone; use something like Europe/Berlin or America/New_York"
        ) from None


def _said(convert: Callable[[str], str], text: str) -> str:
    """Convert a flag's text; a ValueError's own words become the complaint."""
    try:
        return convert(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def positive(text: str) -> int:
    """Give a whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number above 0")
    return int(text)


def port(text: str) -> int:
    """Give the number of a port."""
    if not text.isdecimal() or not 0 <= int(text) < 65536:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port: 0 to 65535")
    return int(text)
