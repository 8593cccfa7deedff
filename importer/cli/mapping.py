"""`importer map`: propose which of a workbook's sheets and columns are which of ours."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from importer.errors import Exit, UsageError
from importer.terminal import Screen
from importer.terminal.proposals import Line, show_proposals
from importer.terminal.words import command, short
from importer.workbook.matching import SheetProposal
from importer.workbook.sections import named
from importer.workbook.shift import is_shift


def propose(arguments: argparse.Namespace) -> int:
    """Write the proposal to `--output` and show it.

    Raises UsageError when that would replace something, WorkbookError for no workbook.
    """
    if arguments.forget:
        return _forget(Path(arguments.workbook))
    path = Path(arguments.output)
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", f"Name a file in it: {path / 'mapping.toml'}")
    if path.exists() and not arguments.force:
        raise UsageError(f"{path} exists already.", "Choose another name, or add --force.")
    if path.suffix.lower() != ".toml":
        raise UsageError(f"{path} is not a name for a mapping.", "Use a name that ends in .toml.")
    from importer.workbook.proposal_file import propose_mapping, write_toml

    workbook = arguments.workbook
    proposals = propose_mapping(Path(workbook))
    screen = Screen(as_json=arguments.json)
    lines = [line for proposal in proposals for line in _lines(proposal)]
    reads_itself = is_shift([proposal.title for proposal in proposals])
    if not reads_itself:
        path.write_text(write_toml(proposals, workbook, str(path)), encoding="utf-8")
    if arguments.json:
        told = [asdict(line) for line in lines]
        mapping = None if reads_itself else str(path)
        screen.object({"workbook": workbook, "mapping": mapping, "proposals": told})
    if reads_itself:
        screen.say("This is a workbook of Shift's. It is read as it is and needs no mapping.")
        screen.say(f"Then: {command('importer', 'check', short(workbook))}")
        return Exit.OK
    for program in dict.fromkeys(p.program for p in proposals if p.key and p.program):
        screen.say(
            f"The headers are {program}'s, and are read with the meanings that they have there."
        )
    show_proposals(screen, lines)
    screen.say(f"The proposal is at {short(str(path))}. Check it and edit it.")
    screen.say(
        f"Then: {command('importer', 'check', short(workbook), '--mapping', short(str(path)))}"
    )
    return Exit.OK


def _forget(workbook: Path) -> int:
    from importer import runs

    screen = Screen()
    forgotten = runs.forget_mapping(workbook)
    for name in forgotten:
        screen.say(f"The mapping {name} is forgotten for the headers of {workbook.name}.")
    if not forgotten:
        screen.say(f"No mapping is remembered for the headers of {workbook.name}.")
    return Exit.OK


def _lines(proposal: SheetProposal) -> list[Line]:
    from importer.workbook.proposal_file import samples

    lines = []
    for column in proposal.columns:
        ours = named(column.field.column, column.field.section) if column.field else ""
        lines.append(
            Line(
                sheet=proposal.title,
                theirs=column.header or f"column {column.letter}",
                ours=ours,
                confidence=column.confidence,
                taken=column.taken,
                samples=", ".join(samples(column)),
                rivals=column.rivals,
            )
        )
    for one in proposal.missing:
        lines.append(Line(proposal.title, "", named(one.column, one.section), 0, False, ""))
    return lines
