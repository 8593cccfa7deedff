"""Pure: which sheets of a workbook are which of ours, by their titles or by the user's mapping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from importer.codes import Place, fault
from importer.errors import WorkbookError
from importer.model import Fault
from importer.workbook.fields import SheetLayout, normal
from importer.workbook.headers import (
    Headers,
    NotRecognised,
    find_flat_headers,
    find_headers,
)
from importer.workbook.layout import OWN_SHEETS, SHEETS, match_sheet
from importer.workbook.mapping import (
    AS_NAMED,
    FlatMapping,
    SheetMapping,
    WorkbookMapping,
    listed,
    same_title,
)
from importer.workbook.titles import stands_for


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
    """What a sheet is taken for: one of ours, or a flat sheet that holds several."""

    layout: SheetLayout
    mapped: SheetMapping = AS_NAMED
    flat: FlatMapping | None = None

    def find(
        self, title: str, top: Sequence[Sequence[Any]]
    ) -> tuple[Headers, tuple[SheetPart, ...]]:
        """Find the header among the first rows; give it as a whole, and the parts of the sheet.

        Raises WorkbookError when it can't be used.
        """
        if self.flat is None:
            headers = find_headers(title, self.layout, top, self.mapped)
            return headers, (SheetPart(self.layout.key, self.layout, self.mapped, headers),)
        whole, by_part = find_flat_headers(self.flat, title, top)
        return whole, tuple(
            SheetPart(part.key, part.layout, part.mapped, by_part[part.key], part.key)
            for part in self.flat.parts
        )


def claim_sheets(
    path: Path, titles: Sequence[str], mapping: WorkbookMapping | None, *, is_report: bool
) -> tuple[dict[str, Claim], list[Fault]]:
    """Give what each known sheet is taken for, and a warning for each that isn't known.

    In a report the header is the first row, whatever the mapping says, and sheets may be missing.
    Raises WorkbookError when two sheets are the same of ours, when there are no invoices, and when
    a sheet isn't there that the mapping names.
    """
    mapping = mapping or WorkbookMapping()
    named = _named(path, titles, mapping, is_report=is_report)
    claims: dict[str, Claim] = {}
    faults: list[Fault] = []
    for title in titles:
        if any(same_title(title, ignored) for ignored in mapping.ignore_sheets):
            continue
        if normal(title) in OWN_SHEETS and (is_report or title not in named):
            continue
        claim = named.get(title) or _by_name(title, mapping)
        if claim is None:
            names = ", ".join(sheet.title for sheet in SHEETS)
            faults.append(fault("sheet-unknown", Place(title), value=title, sheets=names))
            continue
        _refuse_twins(path, title, claim, claims)
        claims[title] = _of_report(claim) if is_report else claim
    if not any(claim.layout.key == "invoices" for claim in claims.values()):
        raise NotRecognised(
            f"{path.name} has no sheet named Invoices; it has {listed(titles)}.",
            "Name the sheet with one row for each invoice “Invoices”.",
        )
    return claims, faults


def _named(
    path: Path, titles: Sequence[str], mapping: WorkbookMapping, *, is_report: bool
) -> dict[str, Claim]:
    """Give what the mapping says of sheets that it names by their titles."""
    wanted = [
        (said.title, Claim(layout, said))
        for layout in SHEETS
        if (said := mapping.of(layout)).title is not None
    ]
    if mapping.flat:
        invoices = mapping.flat.parts[0]
        wanted.append((mapping.flat.title, Claim(invoices.layout, invoices.mapped, mapping.flat)))
    found = {}
    if is_report:
        titles = [title for title in titles if normal(title) not in OWN_SHEETS]
    for wish, claim in wanted:
        hits = [title for title in titles if title == wish] or [
            title
            for title in titles
            if same_title(title, wish or "") or (is_report and stands_for(title, wish or ""))
        ]
        if hits:
            found[hits[0]] = claim
        elif not is_report:
            raise WorkbookError(
                f"The mapping names the sheet “{wish}”, but {path.name} has {listed(titles)}.",
                "Correct the sheet's title in the mapping.",
            )
    return found


def _by_name(title: str, mapping: WorkbookMapping) -> Claim | None:
    layout = match_sheet(title)
    if layout is None or mapping.of(layout).title is not None:
        return None
    return Claim(layout, mapping.of(layout))


def _refuse_twins(path: Path, title: str, claim: Claim, claims: dict[str, Claim]) -> None:
    ours = _fills(claim)
    for other, before in claims.items():
        both = ours & _fills(before)
        if both:
            raise WorkbookError(
                f"The sheets “{other}” and “{title}” of {path.name} both hold "
                f"{next(s.title for s in SHEETS if s.key in both)}.",
                "Keep one of them, or rename the other to something else.",
            )


def _fills(claim: Claim) -> set[str]:
    """Give the keys of our sheets of which a workbook can have one only."""
    if claim.flat is None:
        return {claim.layout.key}
    return {"invoices", "lines"} & claim.flat.keys


def _of_report(claim: Claim) -> Claim:
    return replace(
        claim,
        mapped=replace(claim.mapped, header_row=1 if claim.mapped is not AS_NAMED else None),
        flat=replace(claim.flat, header_row=1) if claim.flat else None,
    )


@contextmanager
def advising(path: Path, parent: str | None, mapping: WorkbookMapping | None) -> Iterator[None]:
    """Say of a workbook whose headers aren't recognised that a mapping could tell.

    `parent` as `find_parent` gives it.
    """
    try:
        yield
    except NotRecognised as error:
        if mapping is None and parent is None:
            error.remedy += f" Or say which are which in a mapping: importer map {path.name}"
        elif mapping is None:
            run = f"run {parent}" if parent else "a check"
            error.remedy = (
                f"This is the report of {run}. If that was made with a mapping, give the same one "
                "here: --mapping FILE"
            )
        raise
