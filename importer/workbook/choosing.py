"""Pure: which sheets of a workbook are which of ours, by their titles or by the user's mapping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from importer.codes import Place, fault
from importer.errors import WorkbookError
from importer.model import Fault
from importer.workbook import shift
from importer.workbook.claims import Claim
from importer.workbook.fields import normal
from importer.workbook.headers import (
    NotRecognised,
    missing_columns,
)
from importer.workbook.layout import BY_SHEET, INVOICES, OWN_SHEETS, SHEETS, match_sheet
from importer.workbook.mapping import (
    AS_NAMED,
    WorkbookMapping,
    listed,
    same_title,
)
from importer.workbook.rivals import words_of
from importer.workbook.titles import sheet_names, stands_for
from importer.workbook.vocabulary import NOT_TO_BILL, OTHER_SHEETS


def claim_sheets(
    path: Path,
    titles: Sequence[str],
    mapping: WorkbookMapping | None,
    *,
    is_report: bool,
    in_files: bool = False,
    top_of: Callable[[str], Sequence[Sequence[Any]]] | None = None,
) -> tuple[dict[str, Claim], list[Fault]]:
    """Give what each known sheet is taken for, and a warning for each that isn't known.

    `in_files` says that the titles are names of files, with what programs add to them. When no
    sheet is named Invoices, one whose header has all that is needed is taken for it, and said:
    `top_of` gives the first rows of a sheet. In a report the header is the first row, whatever the
    mapping says, and sheets may be missing.
    Raises WorkbookError when two sheets are the same of ours, when there are no invoices, and when
    a sheet isn't there that the mapping names.
    """
    mapping = mapping or WorkbookMapping()
    named = _named(path, titles, mapping, is_report=is_report, in_files=in_files)
    names_of = sheet_names if in_files or is_report else _only_itself
    if not named and shift.is_shift([name for title in titles for name in names_of(title)]):
        known = partial(_of_shift, names_of=names_of)
    else:
        known = partial(_by_name, mapping=mapping, names_of=names_of)
    claims: dict[str, Claim] = {}
    unknown: list[str] = []
    for title in titles:
        if any(same_title(title, ignored) for ignored in mapping.ignore_sheets):
            continue
        if normal(title) in OWN_SHEETS and (is_report or title not in named):
            continue
        claim = named.get(title) or known(title)
        if claim is None:
            unknown.append(title)
            continue
        claims[title] = _of_report(claim) if is_report else claim
    unknown += _others(claims, top_of)
    claims = {title: claim for title, claim in claims.items() if title not in unknown}
    _refuse_twins(path, claims)
    if (
        not any(claim.layout is INVOICES for claim in claims.values())
        and top_of
        and not mapping.flat
    ):
        claims |= _by_header(path, unknown, mapping, top_of)
    names = ", ".join(sheet.title for sheet in SHEETS)
    faults = [
        fault("sheet-unknown", Place(title), value=title, sheets=names)
        for title in unknown
        if title not in claims
    ]
    if not any(claim.layout.key == "invoices" for claim in claims.values()):
        raise NotRecognised(
            f"{path.name} has no sheet named Invoices; it has {listed(titles)}.",
            "Rename the sheet that has one row for each invoice to “Invoices”.",
        )
    return claims, faults


def _by_header(
    path: Path,
    titles: Sequence[str],
    mapping: WorkbookMapping,
    top_of: Callable[[str], Sequence[Sequence[Any]]],
) -> dict[str, Claim]:
    """Give the one sheet of another name whose header has all that an invoice needs, if any.

    A title that speaks of something else (credit notes, customers) counts for more than columns.

    Raises WorkbookError when there are several.
    """
    if mapping.of(INVOICES).title is not None:
        return {}
    found = [
        title
        for title in titles
        if not words_of(title) & OTHER_SHEETS and not missing_columns(INVOICES, top_of(title))
    ]
    if len(found) > 1:
        raise WorkbookError(
            f"{path.name} has no sheet named {INVOICES.title}, and {listed(found)} all have its "
            "columns.",
            f"Rename the right one to “{INVOICES.title}”.",
        )
    return {
        title: Claim(
            INVOICES,
            mapping.of(INVOICES),
            told=(fault("sheet-taken", Place(title), value=title, sheet=INVOICES.title),),
        )
        for title in found
    }


def _named(
    path: Path,
    titles: Sequence[str],
    mapping: WorkbookMapping,
    *,
    is_report: bool,
    in_files: bool,
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
        if in_files and not hits:
            hits = [t for t in titles if any(same_title(n, wish or "") for n in sheet_names(t))]
        if len(hits) > 1 and in_files:
            raise WorkbookError(
                f"The mapping names the sheet “{wish}”, but in {path.name} it could be either of "
                f"{listed(hits[:2])}.",
                "Keep one of them, or write its whole name in the mapping.",
            )
        if hits:
            found[hits[0]] = claim
        elif not is_report:
            raise WorkbookError(
                f"The mapping names the sheet “{wish}”, but {path.name} has {listed(titles)}.",
                "Correct the sheet's title in the mapping.",
            )
    return found


def _only_itself(title: str) -> Iterator[str]:
    yield title


def _of_shift(title: str, names_of: Callable[[str], Iterable[str]]) -> Claim | None:
    layouts = filter(None, map(shift.match, names_of(title)))
    return next((Claim(layout, shift.INFORMATIVE) for layout in layouts), None)


def _by_name(
    title: str, mapping: WorkbookMapping, names_of: Callable[[str], Iterable[str]]
) -> Claim | None:
    for name in names_of(title):
        if name != title and words_of(title) & NOT_TO_BILL:
            return None  # supplier_invoices.csv
        layout = match_sheet(name)
        if layout is not None and mapping.of(layout).title is None:
            sure = layout is INVOICES or normal(name) == normal(layout.title)
            said = mapping.of(layout)
            return Claim(layout, said, sure=sure or said is not AS_NAMED)
    return None


def _others(
    claims: Mapping[str, Claim], top_of: Callable[[str], Sequence[Sequence[Any]]] | None
) -> list[str]:
    """Give the sheets that only bear a name of one that is there beside them, not its columns."""
    if top_of is None:
        return []
    return [
        title
        for title, claim in claims.items()
        if not claim.sure
        and any(also is not claim and _fills(also) & _fills(claim) for also in claims.values())
        and missing_columns(claim.layout, top_of(title))
    ]


def _refuse_twins(path: Path, claims: Mapping[str, Claim]) -> None:
    taken: dict[str, str] = {}
    for title, claim in claims.items():
        for key in sorted(_fills(claim)):
            if key in taken:
                raise WorkbookError(
                    f"The sheets “{taken[key]}” and “{title}” of {path.name} both hold "
                    f"{_title_of(key, claim)}.",
                    "Keep one of them, or rename the other to something else.",
                )
            taken[key] = title


def _title_of(key: str, claim: Claim) -> str:
    return claim.layout.title if claim.layout.key == key else BY_SHEET[key].title


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
            error.remedy += f" Or make a mapping that says which is which: importer map {path.name}"
        elif mapping is None:
            run = f"run {parent}" if parent else "a check"
            error.remedy = (
                f"This is the report of {run}. If that was made with a mapping, give the same one "
                "here: --mapping FILE"
            )
        raise
