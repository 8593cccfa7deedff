"""Lets LibreOffice save a report, for the test that holds what such a file must keep.

Run `python -m tests.workbook.resave` from the root of the repository; it needs `soffice`.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.workbook.test_report import (
    SAVED_BY_LIBREOFFICE,
    fault,
    make_source,
    result,
    sheet_of,
    write,
)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        what = result(fault(7, "C", "No amount."), run="20260401-0930-abcd", dry_run=False)
        path = write(make_source(folder), what, sheet_of())
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--convert-to", "xlsx"]
        subprocess.run([*command, "--outdir", str(folder / "out"), str(path)], check=True)
        shutil.copyfile(folder / "out" / path.name, SAVED_BY_LIBREOFFICE)


if __name__ == "__main__":
    main()
