"""Standard output and error as places that may be closed, full or left by their reader."""

from __future__ import annotations

import io
from typing import TextIO


class Outlet(io.TextIOBase):
    """A stream to print to that never raises: what it can't take goes to another one, or nowhere.

    `stream` is None when the process was started without it. `instead` takes over from then on.
    With `reader_may_leave` nothing does when a pipe's reader has gone: it has seen enough (`left`).
    """

    def __init__(
        self,
        stream: TextIO | None,
        instead: Outlet | None = None,
        *,
        reader_may_leave: bool = False,
    ) -> None:
        super().__init__()
        self.stream = stream
        self.instead = instead
        self.broken = stream is None
        self.left = False
        self._reader_may_leave = reader_may_leave
        self._unsure: list[str] = []

    @property
    def lost(self) -> bool:
        """Whether nobody sees what is printed here."""
        return self.broken and (self.instead is None or self.instead.lost)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has a plain attribute
        """The encoding of the stream."""
        return getattr(self.stream, "encoding", None) or "utf-8"

    def writable(self) -> bool:
        """Give True: to whom it writes is another matter."""
        return True

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self.stream is not None and self.stream.isatty()

    def fileno(self) -> int:
        """Give the number of the stream's file. Raises OSError when it has none."""
        if self.stream is None:
            raise OSError("closed")
        return self.stream.fileno()

    def write(self, text: str) -> int:
        """Print a text here or, when it can't be, on what is there instead."""
        if self.broken or self.stream is None:
            return self.instead.write(text) if self.instead else len(text)
        self._unsure.append(text)
        try:
            self.stream.write(text.encode(self.encoding, "replace").decode(self.encoding))
        except (OSError, ValueError) as error:
            self._break(error)
        return len(text)

    def flush(self) -> None:
        """See that what was written has arrived."""
        if self.broken or self.stream is None:
            if self.instead:
                self.instead.flush()
            return
        try:
            self.stream.flush()
        except (OSError, ValueError) as error:
            self._break(error)
        self._unsure.clear()

    def _break(self, error: Exception) -> None:
        self.broken = True
        if isinstance(error, BrokenPipeError) and self._reader_may_leave:
            self.left, self.instead = True, None
        if self.instead:
            self.instead.write("".join(self._unsure))
            self.instead.flush()
        self._unsure.clear()
