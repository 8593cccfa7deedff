"""Pure: a mapping that was used, kept with the headers it was used for, and whether they are these.

It is used again for sheets with the same titles and the same headers. Case, spacing, Unicode form
and the order of columns don't matter (the order does where the mapping names a column by its
letter); any header more, less or other does. Where a workbook has one sheet only, digits in its
title don't matter either: exports have a date in their name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from importer.model import Json
from importer.workbook.mapping import WorkbookMapping, fold, parse
from importer.workbook.reading import Sheet, Workbook

Shape = Mapping[str, str] | Sequence[str]
"""The headers of a sheet: by letter where that matters, else in alphabetical order."""


class Differs(Exception):
    """The workbook isn't one for which the mapping was kept."""


@dataclass(frozen=True)
class Kept:
    """A mapping that was used: its table, its file's name, the day (ISO), the headers by title.

    `key` is under what it is stored, "" before it is.
    """

    table: Json
    name: str
    day: str
    shapes: Mapping[str, Shape]
    key: str = ""

    @property
    def signature(self) -> str:
        """Give by what it is known: equal for equal headers."""
        folded = {fold(title): shape for title, shape in self.shapes.items()}
        whole = json.dumps(folded, sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    def as_json(self) -> Json:
        """Give it as it is stored."""
        return {"mapping": self.table, "name": self.name, "day": self.day, "headers": self.shapes}

    @classmethod
    def of_json(cls, stored: Json, key: str) -> Kept:
        """Make it of what was stored. Raises KeyError or TypeError when it isn't one."""
        return cls(stored["mapping"], stored["name"], stored["day"], dict(stored["headers"]), key)

    def for_titles(self, titles: Sequence[str]) -> Kept | None:
        """Give it as it is for a workbook with these sheets; None when it isn't for them."""
        if {fold(title) for title in self.shapes} <= {fold(title) for title in titles}:
            return self
        if len(titles) == 1 == len(self.shapes):
            (old,) = self.shapes
            if _undated(old) == _undated(titles[0]):
                table = {key: _retitled(value, old, titles[0]) for key, value in self.table.items()}
                return replace(self, table=table, shapes={titles[0]: self.shapes[old]})
        return None

    @cached_property
    def mapping(self) -> WorkbookMapping:
        """The mapping itself. Raises SettingsError when this version can't use it."""
        return parse(self.table, self.name)

    def compare(self, sheet: Sheet) -> None:
        """Raise Differs unless a sheet has the headers for which the mapping was kept."""
        kept = {fold(title): shape for title, shape in self.shapes.items()}.get(fold(sheet.title))
        if kept is None or kept != shape_of(sheet, by_letter=isinstance(kept, Mapping)):
            raise Differs

    def compare_all(self, workbook: Workbook) -> None:
        """Raise Differs unless the workbook has all the sheets for which the mapping was kept."""
        titles = {fold(sheet.title) for sheet in workbook.sheets.values()}
        if titles != {fold(title) for title in self.shapes}:
            raise Differs


def keep(workbook: Workbook, day: str) -> Kept | None:
    """Give the mapping with which a workbook was read, for its headers.

    None when there was none, and for a sheet without headers: nothing tells it from another.
    """
    if workbook.mapping is None or not workbook.mapping.raw:
        return None
    sheets = workbook.sheets.values()
    letters = {sheet.title for sheet in sheets if sheet.mapped.by_letter}
    shapes = {s.title: shape_of(s, by_letter=s.title in letters) for s in sheets}
    if not all(shapes.values()):
        return None
    return Kept(workbook.mapping.raw, workbook.mapping.name, day, shapes)


def shape_of(sheet: Sheet, *, by_letter: bool) -> Shape:
    """Give the headers of a sheet as they are compared, without those that a report added."""
    own = set(sheet.headers.own.values())
    texts = {
        letter: fold(text)
        for letter, text in sheet.headers.texts.items()
        if text and letter not in own
    }
    return texts if by_letter else sorted(texts.values())


def _undated(title: str) -> str:
    return re.sub(r"[\W\d_]+", "", fold(title))


def _retitled(section: Any, old: str, new: str) -> Any:
    if isinstance(section, dict) and fold(str(section.get("sheet", ""))) == fold(old):
        return {**section, "sheet": new}
    return section
