"""The screen: where things are printed, how work in progress is shown, and how a question is asked.

With `--json`, standard output belongs to the one object and everything else goes to standard error.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from importer.terminal import words
from importer.terminal.outlet import Outlet

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from importer.posting import Progress as PostingProgress

LINE_EVERY = 30.0
"""Seconds between two lines of progress where no bar can be drawn, in a log for one."""

OnReading = Callable[[str, int, "int | None"], None]
OnPosting = Callable[["PostingProgress"], None]


class Screen:
    """Prints for a person, and never raises: nothing ends because it can't be shown.

    `as_json` moves everything off standard output. What standard output can't take goes to
    standard error; with `retells` also when whoever reads it has gone, because a store was changed.
    """

    def __init__(self, *, as_json: bool = False, retells: bool = False) -> None:
        self.as_json = as_json
        self._error = Outlet(sys.stderr)
        self._output = Outlet(sys.stdout, self._error, reader_may_leave=not retells)
        self._consoles: dict[bool, Console] = {}

    def console(self, *, error: bool = False) -> Console:
        """Give rich's console for standard output or error. NO_COLOR and pipes are respected."""
        from rich.console import Console

        error = error or self.as_json
        if error not in self._consoles:
            outlet: Any = self._error if error else self._output
            console = Console(file=outlet, highlight=False, markup=False, emoji=False)
            if not console.is_terminal:
                console.width = 10_000  # who reads a file wraps its lines himself
            self._consoles[error] = console
        return self._consoles[error]

    def whole(self, show: Callable[[], None]) -> None:
        """Call `show`; once more when standard output broke off, so that the rest isn't alone."""
        output = self._output
        if output.broken or self.as_json:
            show()
            return
        instead, output.instead = output.instead, None
        show()
        if output.left:
            return
        output.instead = instead
        if output.broken:
            show()

    def say(self, line: str = "", style: str = "") -> None:
        """Print a line."""
        self.console().print(line, style=style, soft_wrap=True)

    def indented(self, what: RenderableType) -> None:
        """Print something that rich draws, two blanks in from the left."""
        from rich.padding import Padding

        console = self.console()
        if console.is_terminal:
            console.print(Padding(what, (0, 0, 0, 2), expand=False))
            return
        with console.capture() as capture:
            console.print(Padding(what, (0, 0, 0, 2), expand=False))
        for line in capture.get().splitlines():
            console.print(line.rstrip(), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Print a line to standard error, above a bar if there is one."""
        self.console(error=True).print(text, style="yellow", soft_wrap=True)

    def object(self, data: dict[str, Any]) -> None:
        """Print the one object of `--json`."""
        import json

        self._output.write(json.dumps(data, indent=2) + "\n")
        self._output.flush()

    def ask(self, question: str) -> bool:
        """Ask and give whether the answer begins with y. The end of the input means no."""
        return self.type_in(f"{question} [y/N]").casefold() in ("y", "yes")

    def type_in(self, question: str) -> str:
        """Ask and give what was typed, without blanks around it.

        The end of the input is "", and so is a question that nobody could see.
        """
        self.console(error=True).print(f"{question} ", end="", soft_wrap=True)
        if self._error.lost:
            return ""
        return sys.stdin.readline().strip()

    @contextmanager
    def reading(self) -> Iterator[OnReading]:
        """Show a bar while a workbook is read and checked; gone again at the end."""
        console = self.console(error=True)
        if not console.is_terminal:
            yield _nothing
            return
        from rich.progress import BarColumn, Progress, TextColumn

        with Progress(
            TextColumn("{task.description:<11}"),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            console=console,
            transient=True,
        ) as progress:
            task = progress.add_task("", total=None, count="")

            def on_progress(stage: str, done: int, total: int | None) -> None:
                count = f"{done:,} of {total:,}" if total else f"{done:,}" if done else ""
                progress.update(
                    task, description=stage.capitalize(), completed=done, total=total, count=count
                )

            yield on_progress

    @contextmanager
    def posting(self, doing: str = "Posting") -> Iterator[OnPosting]:
        """Show a bar while invoices are posted: rate, time left, and what it waits for.

        `doing` says what is done to them.
        """
        console = self.console(error=True)
        if not console.is_terminal:
            yield _Lines(console, doing)
            return
        from rich.progress import BarColumn, Progress, TextColumn

        with Progress(
            TextColumn(doing),
            BarColumn(),
            TextColumn("{task.fields[pace]}"),
            console=console,
            transient=True,
        ) as progress:
            task = progress.add_task("", total=None, pace="")

            def on_posting(now: PostingProgress) -> None:
                progress.update(task, completed=now.done, total=now.total, pace=_pace(now))

            yield on_posting


class _Lines:
    """Progress for a log: now and then one line."""

    def __init__(self, console: Console, doing: str) -> None:
        self._console = console
        self._doing = doing
        self._last = time.monotonic()

    def __call__(self, now: PostingProgress) -> None:
        if time.monotonic() - self._last >= LINE_EVERY:
            self._last = time.monotonic()
            self._console.print(f"{self._doing}: {_pace(now)}", soft_wrap=True)


def _pace(now: PostingProgress) -> str:
    parts = [f"{now.done:,} of {now.total:,}"]
    if now.rate:
        parts.append(f"{now.rate:,.0f} a minute")
    if now.eta is not None and now.done < now.total:
        parts.append(f"{words.duration(now.eta)} left")
    if now.waiting:
        parts.append(words.printable(now.waiting))
    return " · ".join(parts)


def _nothing(_stage: str, _done: int, _total: int | None) -> None:
    """Show no progress: nobody would see a bar."""
