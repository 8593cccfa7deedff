"""The time left, when a run may be posted in a few hours of the day only."""

from __future__ import annotations

from datetime import UTC, datetime

from importer.hours import hours
from importer.model import Counts, State
from importer.posting.tally import Tally

OPENS = datetime(2026, 5, 4, 20, 0, tzinfo=UTC).timestamp()


def tally(now: float, left: int = 240) -> Tally:
    return Tally(Counts({State.PENDING: left}, left), now, hours("20:00-22:00"))


def test_the_time_left_counts_the_hours_in_which_nothing_may_be_posted() -> None:
    run = tally(OPENS)
    for minute in range(1, 61):
        run.moved(State.PENDING, State.CREATED, OPENS + 60 * minute)
    shown = run.progress(OPENS + 3600, OPENS + 3600, None)
    assert abs(shown.rate - 1) < 0.02
    # 180 are left at one a minute: an hour today, two hours from 20:00 tomorrow on.
    assert shown.eta is not None
    assert abs(shown.eta - 25 * 3600) < 600


def test_a_night_of_waiting_doesn_t_count_as_slowness() -> None:
    run = tally(OPENS - 10 * 3600)
    run.rest(OPENS)
    for second in range(1, 31):
        run.moved(State.PENDING, State.CREATED, OPENS + second)
    assert abs(run.progress(OPENS + 30, OPENS + 30, None).rate - 60) < 1
