"""What every test has: its own home, no store in the environment, no keyring of this machine."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]
MOST_WORKERS = 4  # a container may see more processors than it is given

# How long one example takes says nothing on a computer that does other things too.
hypothesis.settings.register_profile("no-deadline", deadline=None)
hypothesis.settings.load_profile("no-deadline")


# Started in the background, a shell has Ctrl-C ignored, and every process of the tests inherits it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two workers for each processor, as most tests wait, but no crowd; none for named tests."""
    named = any("::" in argument for argument in config.args)
    return 0 if named else min(2 * (os.cpu_count() or 1), MOST_WORKERS)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the importer and every process it starts takes as its home."""
    for name in list(os.environ):
        if name.startswith("IMPORTER_"):
            monkeypatch.delenv(name)
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("IMPORTER_HOME", str(folder))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return folder


@pytest.fixture
def examples() -> Path:
    """The folder of the example workbooks."""
    return ROOT / "examples"
