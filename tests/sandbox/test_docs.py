import re

from importer.sandbox.faults import KINDS
from tests.conftest import ROOT


def test_the_readme_tells_of_every_fault():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("### The practice store")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(.+?)` \| (.+) \| (yes|no) \|$", section, flags=re.MULTILINE)
    assert rows == [
        (name, kind.meaning, "yes" if kind.commits else "no") for name, kind in KINDS.items()
    ]
