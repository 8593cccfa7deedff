"""What a sheet of a workbook is taken for, and its header found as that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from importer.codes import Place, fault
from importer.model import Fault
from importer.workbook.fields import SheetLayout
from importer.workbook.headers import Headers, find_flat_headers, find_headers, missing_columns
from importer.workbook.layout import COSTS
from importer.workbook.mapping import AS_NAMED, FlatMapping, SheetMapping


@dataclass(frozen=True)
class SheetPart:
    """What of one sheet becomes records of one of ours: the whole of it, or a flat sheet's part.

    `key` is the layout's, or the part's; `part` is the latter, "" for a whole sheet.
    """

    key: str
    layout: SheetLayout
    mapped: SheetMapping
    headers: Headers
    part: str = ""


@dataclass(frozen=True)
class Claim:
    """What a sheet is taken for: one of ours, or a flat sheet that holds several.

    Not `sure`: it bears one of our sheet's other names, which may be the user's own word for
    something else; its header decides. `told` is what a person is to be told of the choice.
    """

    layout: SheetLayout
    mapped: SheetMapping = AS_NAMED
    flat: FlatMapping | None = None
    sure: bool = True
    told: tuple[Fault, ...] = ()

    def find(
        self, title: str, top: Sequence[Sequence[Any]]
    ) -> tuple[Headers, tuple[SheetPart, ...]]:
        """Find the header among the first rows; give it as a whole, and the parts of the sheet.

        Raises NotOurs when the sheet is something else, WorkbookError when it can't be used.
        """
        if not self.sure:
            self._refuse_others(title, top)
        if self.flat is None:
            headers = find_headers(title, self.layout, top, self.mapped)
            return headers, (SheetPart(self.layout.key, self.layout, self.mapped, headers),)
        whole, by_part = find_flat_headers(self.flat, title, top)
        return whole, tuple(
            SheetPart(part.key, part.layout, part.mapped, by_part[part.key], part.key)
            for part in self.flat.parts
        )

    def _refuse_others(self, title: str, top: Sequence[Sequence[Any]]) -> None:
        missing = missing_columns(self.layout, top)
        if missing and (self.layout is COSTS or self.layout.needed[0] in missing):
            raise NotOurs(
                fault(
                    "sheet-unlike",
                    Place(title),
                    value=title,
                    sheet=self.layout.title,
                    missing=" and no column ".join(missing),
                )
            )


class NotOurs(Exception):
    """A sheet only bears one of our names; `fault` says so."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault
