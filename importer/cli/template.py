"""`importer template`: a blank workbook to fill in."""

from __future__ import annotations

import argparse
from pathlib import Path

from importer.errors import Exit, UsageError
from importer.terminal import Screen
from importer.terminal.words import command


def template(arguments: argparse.Namespace) -> int:
    """Write the template to `--output`. Raises UsageError when that would replace something."""
    path = Path(arguments.output)
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", f"Name a file in it: {path / 'invoices.xlsx'}")
    if path.exists() and not arguments.force:
        raise UsageError(f"{path} exists already.", "Choose another name, or add --force.")
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path} is not a name for a workbook.", "Use a name that ends in .xlsx.")
    from importer.workbook import template as workbook_template

    workbook_template.write(path)
    screen = Screen(as_json=arguments.json)
    if arguments.json:
        screen.object({"template": str(path)})
    screen.say(f"The template is at {path}")
    screen.say(f"Fill it in, then: {command('importer', 'check', str(path))}")
    return Exit.OK
