"""The parts of the README that are made from the code: columns, codes of faults, exit codes.

`python -m importer.docs README.md` brings them up to date. Each part is between two marks,
`<!-- made: columns -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from importer.cli.keys import KEYS
from importer.codes import CODES
from importer.errors import Exit
from importer.workbook.fields import KIND_WORDS, Column, Kind, SheetLayout
from importer.workbook.layout import SHEETS

EXIT_WORDS: dict[Exit, str] = {
    Exit.OK: "success: every invoice is valid (check) or was posted, now or before (run)",
    Exit.INVOICES: "some invoices are invalid or were not created; the report says which and why",
    Exit.UNUSABLE: "the command or the workbook can't be used; nothing was posted",
    Exit.STORE: "the store refused us or can't be reached; what was not posted stays pending",
    Exit.INTERRUPTED: "interrupted (Ctrl-C); what was not posted stays pending",
}


def renewed(text: str) -> str:
    """Give the text of a README with every made part as the code says. Raises KeyError."""
    return re.sub(
        r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)",
        lambda match: match[1] + PARTS[match[2]]() + match[3],
        text,
        flags=re.DOTALL,
    )


def columns() -> str:
    """Give the reference of all sheets and columns, as Markdown."""
    return "\n".join(_sheet(sheet) for sheet in SHEETS)


def exit_codes() -> str:
    """Give the table of exit codes, as Markdown."""
    return _table(("code", "meaning"), ((str(int(code)), EXIT_WORDS[code]) for code in Exit))


def codes() -> str:
    """Give the table of what may be wrong with a workbook, as Markdown."""
    return _table(
        ("code", "severity", "what it says", "what to do"),
        (
            (f"`{code.code}`", code.severity.value, code.message, code.remedy)
            for code in CODES.values()
        ),
    )


def json_keys() -> str:
    """Give the table of what `--json` prints, as Markdown; what prints the same is together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for command, keys in KEYS.items():
        alike.setdefault(keys, []).append(f"`{command}`")
    rows = (
        (", ".join(names), ", ".join(f"`{key}`" for key in keys)) for keys, names in alike.items()
    )
    return _table(("command", "keys"), rows)


PARTS: dict[str, Callable[[], str]] = {
    "columns": columns,
    "exit_codes": exit_codes,
    "codes": codes,
    "json_keys": json_keys,
}


def _sheet(sheet: SheetLayout) -> str:
    named = f" Also read: sheets named {_listed(sheet.aliases)}." if sheet.aliases else ""
    table = _table(
        ("column", "holds", "what it is", "also read as"),
        (
            (
                f"**{column.header}** \\*" if column.required else column.header,
                _holds(column),
                column.help,
                ", ".join(column.aliases),
            )
            for column in sheet.columns
        ),
    )
    return f"**{sheet.title}.** {sheet.help}{named}\n\n{table}"


def _holds(column: Column) -> str:
    return " / ".join(column.choices) if column.kind is Kind.CHOICE else KIND_WORDS[column.kind]


def _listed(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines
    )


def main(arguments: Sequence[str]) -> int:
    """Renew the files that are named; give exit code 0."""
    for name in arguments:
        path = Path(name)
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["README.md"]))
