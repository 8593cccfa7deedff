"""A proposed mapping as a file: TOML that is pleasant to read and to edit."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from importer.workbook.fields import Kind, normal
from importer.workbook.layout import BY_SHEET, INVOICES
from importer.workbook.likeness import Field
from importer.workbook.mapping import fold
from importer.workbook.matching import Proposed, SheetProposal, Top
from importer.workbook.opening import open_source
from importer.workbook.options import ReadOptions
from importer.workbook.proposing import propose
from importer.workbook.rivals import ORDER
from importer.workbook.sections import FLAT
from importer.workbook.vocabulary import CHOICE_WORDS

ROWS_READ = 220
_SHOWN, _LABELS, _MOST_RIVALS, _COMPANIES = 28, 12, 3, 3
COMPANY = "company"

_HEAD = """\
# A proposed mapping for {name}: how its sheets and columns map to ours.
# It is only a proposal, made from names: CHECK IT AND EDIT IT before you trust it with invoices.
#
# Each line says:  our column = your header      # how sure, such as two of your values
# A line that begins with # does nothing. Take the # away to use it, or add one to drop a column.
# "=C" instead of a header names a column by its letter.
#
# Then:  importer check {file} --mapping {mapping}
"""


def propose_mapping(path: Path) -> list[SheetProposal]:
    """Read the first rows of each sheet and propose what it is. Raises WorkbookError."""
    source = open_source(path, ReadOptions())
    try:
        tops = []
        for table, _ in source.tables(list(source.titles)):
            rows: list[list[Any]] = []
            for row in table.rows():
                rows.append(row)
                if len(rows) == ROWS_READ:
                    break
            tops.append(Top(table.title, rows))
    finally:
        source.close()
    return propose(tops)


def write_toml(proposals: Sequence[SheetProposal], workbook: str, mapping: str) -> str:
    """Give the text of the mapping file; `workbook` and `mapping` are what the user calls them."""
    name = Path(workbook).name
    lines = _HEAD.format(name=plain(name), file=plain(name), mapping=plain(mapping)).splitlines()
    lines += ["", *_general(proposals)]
    for proposal in proposals:
        if proposal.key:
            lines += ["", *_sheet(proposal)]
    return "\n".join(lines) + "\n"


def samples(column: Proposed) -> list[str]:
    """Give two different values of a column, short, as a person would write them."""
    found: list[str] = []
    for value in column.values:
        shown = plain(_shown(value))
        if shown and shown not in found:
            found.append(shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…")
        if len(found) == 2:
            break
    return found


def plain(text: str) -> str:
    """Give a text on one line, without anything that can't be seen: fit for a comment."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))


def _general(proposals: Sequence[SheetProposal]) -> Iterator[str]:
    taken = [c for proposal in proposals for c in proposal.columns if c.taken]
    locale, sure = _locale(taken)
    yield (
        f'locale = "{locale}"      # amounts typed as text look like this'
        if sure
        else f'# locale = "{locale}"      # how amounts typed as text are written'
    )
    form, sure = _date_format(taken)
    yield (
        f'date_formats = ["{form}"]      # dates typed as text look like this'
        if sure
        else f'# date_formats = ["{form}"]      # how dates typed as text are written'
    )
    unknown = [proposal.title for proposal in proposals if not proposal.key]
    listed = ", ".join(map(quoted, unknown))
    if unknown:
        yield (
            "# These sheets look like none of ours; a check warns about each unless you ignore it:"
        )
        yield f"# ignore_sheets = [{listed}]"
    for proposal in proposals:
        if proposal.likely:
            title, ours = plain(proposal.title), BY_SHEET[proposal.likely].title
            yield f"# The sheet “{title}” has the columns of {ours}, but another title,"
            yield "# so it is left out. If that is what it contains, add:"
            yield f"# [{proposal.likely}]"
            yield f"# sheet = {quoted(proposal.title)}"


def _sheet(proposal: SheetProposal) -> Iterator[str]:
    if proposal.key == FLAT:
        yield "# One sheet whose rows hold an invoice and a line each: rows with the same invoice"
        yield "# number become one invoice. What belongs to the invoice must be the same in each of"
        yield "# its rows, or empty."
    if proposal.program:
        yield (
            f"# Its headers are {proposal.program}'s, and are read with the meanings that they "
            "have there."
        )
    yield f"[{proposal.key}]"
    yield f"sheet = {quoted(proposal.title)}"
    yield f"header_row = {proposal.header_row}"
    if proposal.key == FLAT:
        yield "# fill_down = true      # an empty invoice number means the one above it"
    elsewhere = [column for column in proposal.columns if _named_like_ours(column, proposal)]
    if elsewhere:
        yield f"# In {proposal.program} these mean something else, so they are left alone:"
        yield f"ignore = [{', '.join(quoted(column.wanted) for column in elsewhere)}]"
    unknown = [c for c in proposal.columns if c.field is None and c not in elsewhere]
    if unknown:
        yield "# These columns look like none of ours and are left alone. A check warns about them"
        yield "# unless you ignore them:"
        yield f"# ignore = [{', '.join(quoted(column.wanted) for column in unknown)}]"
        for column in unknown:
            yield f"#   {column.letter}  {plain(column.header) or '(no header)'}{_such_as(column)}"
    for section, columns in proposal.sections.items():
        path = section if proposal.key != FLAT else f"flat.{_toml_path(section)}"
        missing = [one for one in proposal.missing if one.section == section]
        yield ""
        yield f"[{path}.columns]" if _any_use(columns) else f"# [{path}.columns]"
        yield from _columns(columns, missing, proposal)
        if any(one.column.kind is Kind.CURRENCY for one in missing):
            yield ""
            yield f"# [{path}.constants]"
            yield '# "Currency" = "EUR"      # the same for all rows, when no column has it'
        for column in columns:
            yield from _value_map(path, column)
        if any(one.column.key == COMPANY for one in missing):
            yield from _company_map(path, proposal)


def _named_like_ours(column: Proposed, proposal: SheetProposal) -> bool:
    """Whether a check would take a column by its name that is none of ours where it comes from."""
    layout = BY_SHEET.get(proposal.key)
    return bool(column.elsewhere and layout and layout.match(column.header))


def _columns(
    columns: Sequence[Proposed], missing: Sequence[Field], proposal: SheetProposal
) -> Iterator[str]:
    written = [
        (
            f"{quoted(c.field.column.header)} = {quoted(c.wanted)}",
            f"{c.confidence}%{_such_as(c)}{_verdict(c)}",
            c.taken,
        )
        for c in columns
        if c.field
    ]
    shown = {c.field.column.key for c in columns if c.field}
    written += [
        (f"{quoted(one.column.header)} = {quoted(_hint(one, proposal))}", _wish(one), False)
        for one in missing
        if one.column.key not in shown
    ]
    width = max((len(line) for line, _, _ in written), default=0)
    for line, comment, taken in written:
        yield f"{'' if taken else '# '}{line:<{width + (0 if not taken else 2)}}  # {comment}"


def _verdict(column: Proposed) -> str:
    """Say what speaks against a column, and which others may be meant."""
    others = " or ".join(f"“{plain(rival)}”" for rival in column.rivals[:_MOST_RIVALS])
    if column.taken:
        return f"; rather than {others}" if others else ""
    if column.field and column.field.column.key == ORDER:
        return "; in doubt: only the store's own order ID belongs here"
    if column.doubtful and others:
        return f"; in doubt: or is it {others}?"
    return f"; too unsure to take{f'; or is it {others}?' if others else ''}"


def _any_use(columns: Iterable[Proposed]) -> bool:
    return any(column.taken for column in columns)


def _hint(one: Field, proposal: SheetProposal) -> str:
    """Give the header from which a missing column could be had: a company by its ERP number."""
    customer = _customer(proposal) if one.column.key == COMPANY else None
    return customer.wanted if customer else "?"


def _wish(one: Field) -> str:
    if one.column.key == COMPANY:
        return "NEEDED: the B2B Company ID; your own numbers can be translated, see below"
    if one.column.kind is Kind.CURRENCY:
        return "NEEDED: a column, or a constant below"
    return "NEEDED: no column looks like it"


def _value_map(path: str, column: Proposed) -> Iterator[str]:
    """Say what the labels of a choice stand for that aren't ours."""
    if not (column.field and column.taken and column.field.column.kind is Kind.CHOICE):
        return
    ours = column.field.column
    known = {normal(label) for label in ours.choices}
    words = {
        fold(word): label
        for label, others in CHOICE_WORDS.get(ours.key, {}).items()
        for word in others
    }
    labels = {fold(_shown(value)): _shown(value).strip() for value in column.values}
    strange = [label for label in labels.values() if label and normal(label) not in known]
    if not strange:
        return
    yield ""
    table = f"[{path}.values.{quoted(ours.header)}]"
    yield table if any(fold(label) in words for label in strange) else f"# {table}"
    for label in strange[:_LABELS]:
        meant = words.get(fold(label))
        begin = "" if meant else "# "
        yield f"{begin}{quoted(label)} = {quoted(meant or '?')}  # one of {', '.join(ours.choices)}"


def _company_map(path: str, proposal: SheetProposal) -> Iterator[str]:
    """Show how the buyers' own numbers are translated into the IDs that are missing."""
    found = _customer(proposal)
    numbers = dict.fromkeys(plain(_shown(value)) for value in found.values) if found else {}
    yield ""
    yield f'# [{path}.values."{INVOICES.by_key[COMPANY].header}"]'
    for number in list(numbers)[:_COMPANIES] or ["your number"]:
        yield f'# {quoted(number)} = "?"  # the B2B Company ID of this buyer'


def _customer(proposal: SheetProposal) -> Proposed | None:
    """Give the column of the buyers' numbers in the ERP, the likest first."""
    found = (c for c in proposal.columns if c.field and c.field.column.key == "external_customer")
    return next(found, None)


def _locale(columns: Iterable[Proposed]) -> tuple[str, bool]:
    """Guess which marks text amounts use; sure only where a text has both of them."""
    for column in columns:
        if column.field and column.field.column.kind in (Kind.AMOUNT, Kind.QUANTITY):
            for value in column.values:
                if isinstance(value, str) and re.search(r"\d\.\d{3},\d", value):
                    return "de_DE", True
                if isinstance(value, str) and re.search(r"\d,\d{3}\.\d", value):
                    return "en_US", True
    return "de_DE", False


def _date_format(columns: Iterable[Proposed]) -> tuple[str, bool]:
    """Guess how text dates are meant; sure only where each can be read in one way alone."""
    for column in columns:
        if not (column.field and column.field.column.kind in (Kind.DATE, Kind.DAY)):
            continue
        found = [
            match
            for value in column.values
            if isinstance(value, str)
            and (match := re.fullmatch(r"(\d{2})([./-])(\d{2})\2(\d{4})", value.strip()))
        ]
        if found:
            mark = found[0][2]
            days_first = any(int(match[1]) > 12 for match in found)
            months_first = any(int(match[3]) > 12 for match in found)
            if days_first != months_first:
                return (f"DD{mark}MM{mark}YYYY" if days_first else f"MM{mark}DD{mark}YYYY"), True
            return f"DD{mark}MM{mark}YYYY", False
    return "DD.MM.YYYY", False


def _such_as(column: Proposed) -> str:
    found = samples(column)
    return f", such as {' and '.join(found)}" if found else ", empty"


def _shown(value: Any) -> str:
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)


def _toml_path(section: str) -> str:
    return ".".join(
        step if re.fullmatch(r"[A-Za-z0-9_-]+", step) else quoted(step)
        for step in section.split(".")
    )


def quoted(text: str) -> str:
    """Give a text as TOML's basic string, which is JSON's but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
