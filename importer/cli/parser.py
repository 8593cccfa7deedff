"""What can be typed: every command with its flags. Imports nothing heavy, so that help is quick."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, NoReturn

from importer import __version__
from importer.cli import values
from importer.errors import UsageError

_NO_CHOICE = re.compile(r"argument ([\w-]+): invalid choice: '?([^']*)'?")
_NO_FLAG = re.compile(r"unrecognized arguments: (\S+)")

DESCRIPTION = "Imports invoices from Excel workbooks into BigCommerce B2B Edition."
EPILOG = """\
the way through:
  importer template -o invoices.xlsx             a blank workbook to fill in
  importer check invoices.xlsx                   every mistake at once, nothing is sent
  importer run invoices.xlsx --sandbox           practise on a store of your own
  importer run invoices.xlsx --store NAME        the real thing; it asks before it posts
"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in the same way as every other error of ours, with the nearest name."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with one sentence and where to read on."""
        raise UsageError(*self._explained(message))

    def _explained(self, message: str) -> tuple[str, str]:
        help_ = f"See: {self.prog} --help"
        if unknown := _NO_CHOICE.match(message):
            near = self._near(unknown[2], self._commands())
            if unknown[1].isupper():
                return f"There is no command '{unknown[2]}'.", near or help_
        if unknown := _NO_FLAG.match(message):
            near = self._near(unknown[1], list(dict.fromkeys(_flags(self))))
            return f"'{unknown[1]}' isn't understood here.", near or help_
        return f"{message[:1].upper()}{message[1:].rstrip('.')}.", help_

    def _commands(self) -> list[str]:
        return [name for action in self._actions for name in action.choices or ()]

    def _near(self, typed: str, known: list[str]) -> str:
        near = get_close_matches(typed.partition("=")[0], known, n=1, cutoff=0.6)
        return f"Did you mean {near[0]}? See: {self.prog} --help" if near else ""


def _flags(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Give every flag of a parser and of its commands: it is the first that finds one unknown."""
    for action in parser._actions:
        yield from action.option_strings
        for command in action.choices.values() if isinstance(action.choices, dict) else ():
            yield from _flags(command)


def build_parser() -> argparse.ArgumentParser:
    """Give the parser; a parsed command holds `handler`, "module:function" below `importer.cli`."""
    parser = Parser(
        prog="importer",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"importer {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    _add_workbook_commands(commands)
    _add_run_commands(commands)
    _add_store_commands(commands)
    _add_ledger_commands(commands)
    _add_sandbox_command(commands)
    completion = _command(
        commands,
        "completion",
        "completion:completion",
        "print the script by which a shell completes commands and flags",
    )
    completion.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    return parser


def _add_workbook_commands(commands: Any) -> None:
    template = _command(commands, "template", "template:template", "write a blank workbook")
    template.add_argument(
        "-o", "--output", metavar="FILE", default="invoice-import.xlsx", help="default: %(default)s"
    )
    _add_force_flag(template)

    mapping = _command(
        commands,
        "map",
        "mapping:propose",
        "propose which of a workbook's headers are which of ours",
    )
    mapping.add_argument("workbook", metavar="WORKBOOK")
    mapping.add_argument(
        "-o", "--output", metavar="FILE", default="mapping.toml", help="default: %(default)s"
    )
    mapping.add_argument(
        "--forget",
        action="store_true",
        help="forget the mapping that is remembered for this workbook's headers",
    )
    _add_force_flag(mapping)

    check = _command(
        commands, "check", "check:check", "find every mistake in a workbook; send nothing"
    )
    check.add_argument("workbook", metavar="WORKBOOK")
    _add_reading_flags(check)
    _add_report_flags(check)

    run = _command(
        commands, "run", "run:run", "check a workbook and post its valid invoices to a store"
    )
    run.add_argument(
        "workbook", metavar="WORKBOOK", help="a workbook, or a report with fixed cells"
    )
    _add_target_flags(run)
    _add_yes_flag(run)
    _add_pace_flags(run)
    _add_verify_flag(run)
    _add_caution_flags(run)
    run.add_argument(
        "--recheck",
        action="store_true",
        help="ask the store about invoices that were created before, not the ledger alone",
    )
    run.add_argument("--dry-run", action="store_true", help="the same as check: post nothing")
    _add_reading_flags(run)
    _add_report_flags(run)


def _add_run_commands(commands: Any) -> None:
    resume = _command(
        commands, "resume", "run:resume", "go on with a run that was broken off or paused"
    )
    _add_run(resume)
    _add_target_flags(resume)
    _add_pace_flags(resume)
    _add_verify_flag(resume)
    _add_report_flags(resume)

    rerun = _command(
        commands, "rerun", "run:rerun", "post again what failed through no fault of the workbook"
    )
    _add_run(rerun)
    _add_target_flags(rerun)
    _add_yes_flag(rerun)
    _add_pace_flags(rerun)
    _add_verify_flag(rerun)
    _add_report_flags(rerun)

    _add_steering_commands(commands)

    report = _command(commands, "report", "report:report", "write the report workbook of a run")
    _add_run(report)
    report.add_argument("-o", "--output", metavar="FILE", required=True)
    _add_force_flag(report)

    runs = _command(commands, "runs", "history:runs", "list the runs, the latest first")
    runs.add_argument("--limit", metavar="N", type=values.positive, default=20, help="default: 20")

    forget = _command(
        commands, "forget", "forget:forget", "remove the copies of workbooks that runs have kept"
    )
    forget.add_argument("run", metavar="RUN", nargs="?", help="the run whose copy is to go")
    forget.add_argument(
        "--older-than",
        metavar="DAYS",
        type=values.positive,
        help="the copies of all runs that are over and began so many days ago or earlier",
    )

    show = _command(commands, "show", "history:show", "show what became of a run's invoices")
    _add_run(show)


def _add_steering_commands(commands: Any) -> None:
    pause = _command(
        commands, "pause", "steer:pause", "stop a run from sending further requests; resume goes on"
    )
    cancel = _command(commands, "cancel", "steer:cancel", "leave out what a run hasn't posted yet")
    for command in (pause, cancel):
        _add_run(command)

    undo = _command(
        commands, "undo", "undo:undo", "delete what a run created and nobody has changed since"
    )
    _add_run(undo)
    _add_target_flags(undo)
    undo.add_argument("--dry-run", action="store_true", help="only show what would be deleted")
    undo.add_argument(
        "--inferred",
        action="store_true",
        help="also what was only found in the store after a request without an answer",
    )
    undo.add_argument(
        "--confirm",
        metavar="COUNT",
        type=values.positive,
        help="how many to delete, for scripts; must be what --dry-run says",
    )

    reconcile = _command(
        commands, "reconcile", "steer:reconcile", "ask the store about invoices without an answer"
    )
    verify = _command(
        commands, "verify", "steer:verify", "read back from the store what a run put there"
    )
    verify.add_argument(
        "--report", metavar="FILE", help="write the report, with the control totals, to FILE"
    )
    _add_force_flag(verify)
    for command in (reconcile, verify):
        _add_run(command)
        _add_target_flags(command)
        _add_pace_flags(command)
        command.set_defaults(verify=False)


def _add_store_commands(commands: Any) -> None:
    store = commands.add_parser(
        "store", help="add, list, test and remove stores", description="Keeps your stores."
    )
    actions = store.add_subparsers(metavar="ACTION", required=True, title="actions")

    add = _command(actions, "add", "store:add", "save a store, and its token in the keyring")
    add.add_argument("name", metavar="NAME", help="what you want to call it")
    add.add_argument("--hash", metavar="HASH", required=True, help="the store hash")
    add.add_argument("--base-url", metavar="URL", help="default: the vendor's own")
    add.add_argument(
        "--time-zone", metavar="ZONE", default="UTC", help="such as Europe/Berlin; default: UTC"
    )
    _add_token_flag(add)

    token = _command(actions, "token", "store:token", "save another token of a store")
    token.add_argument("name", metavar="NAME")
    _add_token_flag(token)

    _command(actions, "list", "store:list_stores", "list the saved stores")

    test = _command(actions, "test", "store:test", "ask the store whether it knows the token")
    test.add_argument("name", metavar="NAME", nargs="?", help="default: the environment's store")

    remove = _command(actions, "remove", "store:remove", "forget a store and its token")
    remove.add_argument("name", metavar="NAME")


def _add_ledger_commands(commands: Any) -> None:
    ledger = commands.add_parser(
        "ledger", help="look after the record of all runs", description="Looks after the ledger."
    )
    actions = ledger.add_subparsers(metavar="ACTION", required=True, title="actions")
    _command(actions, "check", "ledger:check", "say whether the ledger is damaged, and what")


def _add_sandbox_command(commands: Any) -> None:
    sandbox = _command(
        commands, "sandbox", "sandbox:sandbox", "run a practice store on this computer"
    )
    sandbox.add_argument(
        "--port", metavar="N", type=values.port, default=8020, help="default: 8020"
    )
    sandbox.add_argument(
        "--limit",
        metavar="N",
        type=values.positive,
        default=150,
        help="requests a minute; default: 150",
    )
    sandbox.add_argument(
        "--reset", action="store_true", help="empty it first, and forget what was posted to it"
    )


def _command(commands: Any, name: str, handler: str, summary: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary[0].upper() + summary[1:] + "."
    )
    command.set_defaults(handler=handler)
    command.add_argument("--json", action="store_true", help="print one JSON object, for machines")
    return command


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("run", metavar="RUN", help="a run's ID, or enough of its beginning or end")


def _add_target_flags(command: argparse.ArgumentParser) -> None:
    target = command.add_mutually_exclusive_group()
    target.add_argument("--store", metavar="NAME", help="a store that you saved with 'store add'")
    target.add_argument("--sandbox", action="store_true", help="the practice store")


def _add_yes_flag(command: argparse.ArgumentParser) -> None:
    command.add_argument("-y", "--yes", action="store_true", help="post without asking")


def _add_pace_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--share",
        metavar="PERCENT",
        type=values.share,
        help="how much of the store's requests may be used, such as 80%%; default: all",
    )
    command.add_argument(
        "--between",
        metavar="HOURS",
        type=values.hours,
        help="when requests may be sent, by the store's clock, such as 20:00-06:00",
    )
    command.add_argument(
        "--give-up-after",
        metavar="TIME",
        type=values.duration,
        help="how long to wait for a store that has stopped answering, such as 90s, 30m or 2h; "
        "0: not at all; default: 1h",
    )


def _add_caution_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--canary",
        metavar="N",
        type=values.positive,
        help="post N first, show what the store holds then, and ask before the rest; "
        "with --yes the rest follows only if all are as meant",
    )
    command.add_argument(
        "--on-existing",
        choices=("skip", "fail", "update"),
        default="skip",
        help="what to do with invoices that the store holds already: skip the same ones and leave "
        "different ones alone (skip, the default), count all as conflicts (fail), or change them "
        "to what the workbook says (update)",
    )


def _add_verify_flag(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--verify", action="store_true", help="in the end read back what the store holds"
    )


def _add_reading_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--mapping",
        metavar="FILE",
        help="which of your sheets and headers are which of ours; see 'importer map'",
    )
    command.add_argument(
        "--no-remembered",
        action="store_true",
        help="don't use the mapping that was used before for the same headers",
    )
    command.add_argument(
        "--date-format",
        metavar="FORMAT",
        action="append",
        type=values.date_format,
        default=[],
        help="how dates typed as text are meant, such as DD/MM/YYYY; may be given several times",
    )
    command.add_argument(
        "--locale",
        metavar="LOCALE",
        type=values.locale,
        help="which marks amounts typed as text use, such as de_DE for 1.250,00, and in which "
        "language months are named",
    )
    command.add_argument(
        "--csv-encoding",
        metavar="NAME",
        type=values.encoding,
        help="how .csv files are encoded, such as utf-8 or cp1252; default: detected",
    )
    command.add_argument(
        "--csv-delimiter",
        metavar="MARK",
        type=values.delimiter,
        help="what stands between the columns of .csv files: comma, semicolon, tab, pipe or one "
        "character; default: detected",
    )
    command.add_argument(
        "--time-zone",
        "--timezone",
        metavar="ZONE",
        type=values.time_zone,
        help="in which time zone a date begins; default: the store's",
    )
    command.add_argument(
        "--strict", action="store_true", help="treat totals that don't add up as errors"
    )


def _add_report_flags(command: argparse.ArgumentParser) -> None:
    report = command.add_mutually_exclusive_group()
    report.add_argument(
        "--report",
        metavar="FILE",
        help="where to write the report; default: beside the workbook, when something is wrong",
    )
    report.add_argument("--no-report", action="store_true", help="write no report")
    _add_force_flag(command)


def _add_force_flag(command: argparse.ArgumentParser) -> None:
    command.add_argument("--force", action="store_true", help="replace FILE if it exists")


def _add_token_flag(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--token-stdin", action="store_true", help="read the token from standard input"
    )
