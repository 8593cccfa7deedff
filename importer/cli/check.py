"""`importer check`: every mistake in a workbook at once; nothing is sent."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from importer import settings
from importer.cli.output import finish
from importer.cli.replacing import may_replace
from importer.terminal import Screen
from importer.workbook.mapping import load
from importer.workbook.options import Limits, ReadOptions, excel_format


def check(arguments: argparse.Namespace) -> int:
    """Check the workbook, write the report, print the summary; give the exit code."""
    return _checked(arguments, read_options(arguments), target="")


def dry_run(arguments: argparse.Namespace) -> int:
    """Check the workbook as `importer run` would before it posts; give the exit code."""
    if arguments.sandbox or arguments.store is None:
        target = "--sandbox" if arguments.sandbox else ""
        return _checked(arguments, read_options(arguments), target)
    store = settings.find_store(arguments.store)
    options = read_options(arguments, store.known_time_zone)
    return _checked(arguments, options, settings.flags_of(store.name))


def read_options(arguments: argparse.Namespace, time_zone: str | None = None) -> ReadOptions:
    """Give how the workbook is to be read: by flags, mapping, settings, the store's time zone.

    Raises SettingsError for a mapping or settings that can't be used.
    """
    return ReadOptions(
        time_zone=arguments.time_zone or time_zone,
        date_formats=tuple(arguments.date_format),
        locale=arguments.locale,
        strict=arguments.strict,
        mapping=load(Path(arguments.mapping)) if arguments.mapping else None,
        csv_encoding=arguments.csv_encoding,
        csv_delimiter=arguments.csv_delimiter,
        limits=Limits(**settings.limits(asdict(Limits()))),
        severities=settings.severities(),
        remembered=not arguments.no_remembered,
    )


def reading_flags(arguments: argparse.Namespace) -> list[str]:
    """Give the flags that say how to read the workbook, as they were typed."""
    flags = ["--mapping", arguments.mapping] if arguments.mapping else []
    flags += ["--no-remembered"] if arguments.no_remembered else []
    flags += ["--locale", arguments.locale] if arguments.locale else []
    flags += ["--time-zone", arguments.time_zone] if arguments.time_zone else []
    flags += ["--strict"] if arguments.strict else []
    flags += ["--csv-encoding", arguments.csv_encoding] if arguments.csv_encoding else []
    flags += ["--csv-delimiter", arguments.csv_delimiter] if arguments.csv_delimiter else []
    for form in arguments.date_format:
        flags += ["--date-format", excel_format(form)]
    return flags


def _checked(arguments: argparse.Namespace, options: ReadOptions, target: str) -> int:
    """Check with these options; `target` names the store in the next command to type."""
    from importer import runs
    from importer.terminal.words import command

    screen, reading = Screen(as_json=arguments.json), reading_flags(arguments)
    force = may_replace(screen, arguments.report, force=arguments.force)
    with screen.reading() as on_progress:
        result = runs.check(
            arguments.workbook,
            options=options,
            report=arguments.report,
            write_report=not arguments.no_report,
            force=force,
            flags=command(*(target.split() or ["--store", "NAME"]), *reading),
            on_progress=on_progress,
        )
    return finish(screen, result, target, reading)
