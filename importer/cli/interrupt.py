"""Ctrl-C while invoices are posted: the first lets the request in flight end, the second leaves."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def first_ctrl_c(ask_to_stop: Callable[[], None]) -> Iterator[None]:
    """Call `ask_to_stop` at the first Ctrl-C; from the second on Ctrl-C is what it always was."""
    before = signal.getsignal(signal.SIGINT)

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        ask_to_stop()

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
