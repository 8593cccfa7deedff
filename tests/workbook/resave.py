"""Lets LibreOffice save a report, and what another program wrote, for the tests that read them.

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
from tests.workbook.writers import SAVED, by_openpyxl


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        what = result(fault(7, "C", "No amount."), run="20260401-0930-abcd", dry_run=False)
        path = write(make_source(folder), what, sheet_of())
        (folder / "written").mkdir()
        by_openpyxl(written := folder / "written" / "libreoffice.xlsx")
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--convert-to"]
        out = folder / "out"
        subprocess.run([*command, "xlsx", "--outdir", str(out), str(path)], check=True)
        shutil.copyfile(out / path.name, SAVED_BY_LIBREOFFICE)
        for kind in ("xlsx", "xls", "ods"):
            subprocess.run([*command, kind, "--outdir", str(SAVED), str(written)], check=True)


if __name__ == "__main__":
    main()
