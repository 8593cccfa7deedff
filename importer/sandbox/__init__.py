"""A local B2B Edition store over real HTTP, to try everything on before a real store is touched.

It is the other party: it imports nothing of the rest of `importer`. Importing this package is
cheap; the web server is imported when one is started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from .options import DEFAULT_PORT, DEFAULT_STORE_HASH, DEFAULT_TOKEN, Options, Settings

if TYPE_CHECKING:
    from .server import Sandbox

__all__ = [
    "DEFAULT_PORT",
    "DEFAULT_STORE_HASH",
    "DEFAULT_TOKEN",
    "Options",
    "reset",
    "running",
    "serve",
]


def serve(
    data: Path,
    port: int = DEFAULT_PORT,
    on_ready: Callable[[str], None] | None = None,
    **options: Unpack[Options],
) -> None:
    """Serve the store of the file `data` until Ctrl-C; `on_ready` gets the page's address.

    Raises OSError when the port is taken or the file can't be opened, ValueError for an option
    that makes no sense, sqlite3.DatabaseError when the file is something else.
    """
    from . import server

    server.serve(data, port, on_ready, Settings(**options))


@contextmanager
def running(data: Path | str, port: int = 0, **options: Unpack[Options]) -> Iterator[Sandbox]:
    """Serve the store of the file `data` in a thread, on a free port unless one is given.

    Raises what `serve` raises.
    """
    from . import server

    with server.running(Path(data), port, Settings(**options)) as sandbox:
        yield sandbox


def reset(data: Path) -> None:
    """Empty the store of the file `data`, also while it is being served.

    Raises sqlite3.DatabaseError when the file is something else.
    """
    from contextlib import closing

    from .store import Store

    with closing(Store(data)) as store:
        store.reset()
