"""From a workbook file to verdicts: what a check and a run have in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from importer import settings
from importer.codes import Place, fault
from importer.errors import WorkbookError
from importer.model import Counts, Fault, State, Total, Verdict, column_number
from importer.runs.collector import collector_paused
from importer.runs.memory import Memory
from importer.runs.selecting import Candidate
from importer.validation.glance import surely_valid
from importer.validation.rules import Context
from importer.validation.verdicts import FaultsByInvoice, judge
from importer.workbook.dates import zone_of
from importer.workbook.grouping import Groups, group
from importer.workbook.layout import BY_SHEET
from importer.workbook.mapping import WorkbookMapping
from importer.workbook.opening import open_source
from importer.workbook.options import ReadOptions
from importer.workbook.reading import Progress, Recall, Sheet, Workbook, read
from importer.workbook.records import Typing
from importer.workbook.remembering import Differs, Kept

_EVERY = 500


@dataclass(frozen=True)
class Prepared:
    """A workbook that was read, typed and grouped, ready to be judged invoice by invoice.

    `options` are those with which it was read, its mapping's among them. `remembered` says in a
    sentence that the mapping was one used before, "" when it was given or there is none.
    """

    workbook: Workbook
    groups: Groups
    found: FaultsByInvoice
    context: Context
    options: ReadOptions
    remembered: str = ""

    def verdicts(self, on_progress: Progress | None = None) -> Iterator[Verdict]:
        """Judge the invoices one by one, in the order of the Invoices sheet."""
        verdicts = judge(self.groups, self.found, self.context, self._sure)
        return self._told(verdicts, 0, on_progress)

    def tally(self, on_progress: Progress | None = None) -> Tally:
        """Add up the verdicts; payloads are made only of those of which more may be wrong."""
        tally, total = Tally(), len(self.groups)
        told = self._tell_sure(tally)
        if on_progress and told:
            on_progress("Checking invoices", told, total)
        rest = [at for at, sure in enumerate(self._sure) if not sure]
        verdicts = judge(self.groups.at(rest), self.found, self.context)
        for verdict in self._told(verdicts, told, on_progress):
            tally.add(verdict)
        return tally

    def _tell_sure(self, tally: Tally) -> int:
        """Count the invoices of which nothing can be wrong but what was found already."""
        invoices, found = self.groups.records["invoices"], self.found
        rows, numbers, clean, known = invoices.rows, invoices.numbers, [], 0
        for at, sure in enumerate(self._sure):
            if not sure:
                continue
            known += 1
            faults = found.at(rows[at], numbers[at])
            if tally.add_faults(faults):
                clean.append(at)
            else:
                tally.positions.append(at)
        tally.add_valid(self.groups, clean)
        return known

    @cached_property
    def _sure(self) -> list[bool]:
        blocks = self.groups.blocks(self.found.cells_at_fault)
        surely: list[bool] = surely_valid(blocks, self.context).tolist()
        return surely

    def _told(
        self, verdicts: Iterable[Verdict], before: int, on_progress: Progress | None
    ) -> Iterator[Verdict]:
        """Pass verdicts on, and say how many there were with those before."""
        total = len(self.groups)
        for done, verdict in enumerate(verdicts, start=before + 1):
            if on_progress and (done % _EVERY == 0 or done == total):
                on_progress("Checking invoices", done, total)
            yield verdict

    def candidates(self) -> Iterator[Candidate]:
        """Give all invoices as a report may show them: as valid ones, they aren't judged again."""
        return self._candidates(range(len(self.groups)), State.PENDING)

    def failed(self, tally: Tally) -> Iterator[Candidate]:
        """Give the invalid invoices of a tally as a report shows them."""
        yield from tally.failed
        yield from self._candidates(tally.positions, State.INVALID)

    def _candidates(self, positions: Iterable[int], state: State) -> Iterator[Candidate]:
        for payload in self.groups.at(positions):
            yield Candidate(payload.number, state, payload.origins.parts)

    def sort_faults(self, faults: list[Fault]) -> list[Fault]:
        """Put faults in the order in which a clerk goes through the workbook."""
        titles = [sheet.title for key in BY_SHEET if (sheet := self.workbook.sheets.get(key))]
        order = {title: at << 40 for at, title in enumerate(titles)}
        last = len(order) << 40
        places = [
            order.get(f.sheet or "", last) + ((f.row or 0) << 16) + column_number(f.letter or "")
            for f in faults
        ]
        return [faults[at] for at in sorted(range(len(faults)), key=places.__getitem__)]


@dataclass
class Tally:
    """What adds up while verdicts go by: states, totals, faults, and the rows that failed.

    `failed` are the invalid invoices, `positions` those of which no payload was made.
    """

    valid: int = 0
    invalid: int = 0
    faults: list[Fault] = field(default_factory=list)
    totals: dict[str, tuple[int, Decimal]] = field(default_factory=dict)
    failed: list[Candidate] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def add_faults(self, faults: Sequence[Fault]) -> bool:
        """Take all faults of one invoice, and say whether it is valid."""
        if not faults:
            return True
        self.faults.extend(faults)
        valid = not any(fault.is_error for fault in faults)
        self.invalid += not valid
        return valid

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        if self.add_faults(verdict.faults):
            self.valid += 1
            balance = verdict.payload.body["originalBalance"]
            count, amount = self.totals.get(balance["code"], (0, Decimal(0)))
            self.totals[balance["code"]] = (count + 1, amount + Decimal(repr(balance["value"])))
            return
        self.failed.append(
            Candidate(verdict.payload.number, State.INVALID, verdict.payload.origins.parts)
        )

    def add_valid(self, groups: Groups, positions: Sequence[int]) -> None:
        """Count the invoices at some positions, which are valid."""
        invoices = groups.records["invoices"]
        currencies, originals = invoices.get("currency"), invoices.get("original")
        amounts: dict[str, list[str]] = {}
        for at in positions:
            amounts.setdefault(currencies[at], []).append(originals[at])
        self.valid += len(positions)
        for code, some in amounts.items():
            count, amount = self.totals.get(code, (0, Decimal(0)))
            self.totals[code] = (count + len(some), sum(map(Decimal, some), amount))

    @property
    def counts(self) -> Counts:
        """The counts of a dry run: what is valid would be posted, so it is pending."""
        states = {State.PENDING: self.valid, State.INVALID: self.invalid}
        return Counts(states, self.valid)

    @property
    def sums(self) -> list[Total]:
        """The totals of the valid invoices by currency."""
        return [Total(code, *self.totals[code]) for code in sorted(self.totals)]


def prepare(
    path: Path,
    options: ReadOptions,
    on_progress: Progress | None = None,
    recall: Recall | None = None,
    memory: Memory | None = None,
) -> Prepared:
    """Read, type and join a workbook. `recall` finds the mapping of the run whose report it is.

    `memory` keeps the mapping that the options have; without one, it may know one for the very
    same headers, which is used and said.

    Raises WorkbookError for one that can't be used as a whole, SettingsError for a severity that
    can't be set so.
    """
    if memory and options.mapping is None and options.remembered:
        for kept in _candidates(path, options, memory):
            with suppress(Differs, WorkbookError):
                known = replace(options, mapping=kept.mapping)
                return _prepare(path, known, on_progress, None, kept)
    prepared = _prepare(path, options, on_progress, recall)
    if memory and options.mapping and prepared.workbook.parent is None:
        memory.keep(prepared.workbook)
    return prepared


def _candidates(path: Path, options: ReadOptions, memory: Memory) -> list[Kept]:
    """Give the mappings kept for sheets of these titles; none for a run's report, with its own."""
    if memory.empty:
        return []
    source = open_source(path, options)
    try:
        return [] if source.parent else memory.of(source.titles)
    finally:
        source.close()


def forget_mapping(
    workbook: Path, ledger: str | Path | None = None, home: str | Path | None = None
) -> list[str]:
    """Forget the mappings remembered for a workbook's headers; give their files' names.

    `ledger` and `home` as for `check`. Raises WorkbookError when it can't be opened.
    """
    with settings.at_home(home):
        memory = Memory(ledger)
    options, names = ReadOptions(), []
    for kept in _candidates(workbook, options, memory):
        with suppress(Differs, WorkbookError):
            _prepare(workbook, replace(options, mapping=kept.mapping), None, None, kept)
            memory.forget(kept)
            names.append(kept.name)
    return names


def _prepare(
    path: Path,
    options: ReadOptions,
    on_progress: Progress | None,
    recall: Recall | None,
    kept: Kept | None = None,
) -> Prepared:
    """Read, type and join. Raises Differs when the headers aren't those of the kept mapping."""
    context = Context(dt.date.today(), options.strict, options.severities, zone_of(options.zone))
    with collector_paused():
        typing = Typing(options)
        take = typing.take if kept is None else _comparing(kept, typing)
        workbook = read(path, options, on_progress, recall, take)
        if kept:
            kept.compare_all(workbook)
        if workbook.mapping:
            options = workbook.mapping.settled(options)
        records, cell_faults = typing.finish(workbook)
        groups = group(records)
    invoices = records["invoices"]
    said = [_said(kept, invoices.title)] if kept else []
    found = FaultsByInvoice.sort(
        [*workbook.faults, *cell_faults, *groups.faults, *said],
        invoices.title,
        zip(invoices.rows, invoices.numbers, strict=True),
        context.severities,
    )
    remembered = said[0].message if said else ""
    return Prepared(workbook, groups, found, context, options, remembered)


def _comparing(kept: Kept, typing: Typing) -> Callable[[Sheet, WorkbookMapping | None], None]:
    """Give what takes each sheet as it is read, once its headers are those of the mapping."""

    def take(sheet: Sheet, mapping: WorkbookMapping | None) -> None:
        kept.compare(sheet)
        typing.take(sheet, mapping)

    return take


def _said(kept: Kept, title: str) -> Fault:
    return fault("mapping-remembered", Place(title), value=kept.name, day=kept.day)
