"""Ctrl-C: one line and exit code 130 at any moment; while posting, what is in flight ends first.

`install` comes before anything heavy is imported. The first Ctrl-C then raises KeyboardInterrupt,
the next one leaves at once, and so does the first if that takes too long.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

CODE = 130
"""`Exit.INTERRUPTED`, which can't be imported this early."""

PATIENCE = 10.0
"""Seconds that everything may take to let go of its files and threads."""

SOON = 0.05
"""Seconds until a Ctrl-C that got lost is raised again."""

SHOW_CURSOR = b"\r\x1b[?25h\x1b[K"
"""What a terminal is told when a bar, which hides the cursor, can't be taken away in peace."""


class _Leaving:
    """Whether a Ctrl-C is on its way to the end of the command, and whether it has been told."""

    asked = False
    watched = False
    told = False


_Handler = Callable[[int, "FrameType | None"], object]
_leave: list[_Handler] = [signal.default_int_handler]


def install() -> None:
    """Take over Ctrl-C for this process, unless whoever started it has it ignored."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        _leave[0] = _on_interrupt
        signal.signal(signal.SIGINT, _on_interrupt)
        sys.unraisablehook = _not_lost


def leaving() -> bool:
    """Whether a Ctrl-C is ending the command: whatever fails then fails because of that."""
    return _Leaving.asked


def told() -> None:
    """Note that the user has been told of the interruption."""
    _Leaving.told = True


def leave(code: int) -> NoReturn:
    """Print what is left to print and end the process, without waiting for any thread."""
    _Leaving.asked = True  # nothing may be raised any more: Ctrl-C leaves at once
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def leave_at_once() -> NoReturn:
    """End the process as interrupted; say so if nobody has yet."""
    with suppress(OSError):
        if os.isatty(2):
            os.write(2, SHOW_CURSOR)
        if not _Leaving.told:
            os.write(2, b"importer: Interrupted.\n")
    os._exit(CODE)


def _on_interrupt(_number: int, _frame: FrameType | None) -> None:
    if _Leaving.asked:
        leave_at_once()
    _Leaving.asked = True
    if not _Leaving.watched:
        _Leaving.watched = True
        in_thread(_lose_patience)
    raise KeyboardInterrupt


def _lose_patience() -> None:
    time.sleep(PATIENCE)
    leave_at_once()


def _not_lost(lost: sys.UnraisableHookArgs) -> None:
    """Raise a Ctrl-C again that came while Python was where nothing can be raised."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        in_thread(_interrupt_again)
    else:
        sys.__unraisablehook__(lost)


def _interrupt_again() -> None:
    time.sleep(SOON)  # then the main thread is out of the hook, where nothing can be raised either
    _Leaving.asked = False
    _thread.interrupt_main()


def in_thread(work: Callable[[], None]) -> None:
    """Call `work` in a thread of its own, from a signal's handler too.

    `threading.Thread` takes locks that the handler's own thread may hold at that moment.
    """
    _thread.start_new_thread(work, ())


@contextmanager
def first_ctrl_c(ask_to_stop: Callable[[], None]) -> Iterator[None]:
    """Call `ask_to_stop` at the first Ctrl-C or SIGTERM; the second one leaves."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, _leave[0])
        ask_to_stop()

    for number in numbers:
        signal.signal(number, on_interrupt)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, before[number])
