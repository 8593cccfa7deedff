"""The window of hours goes by the clock on the store's wall, whatever that clock does."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.hours import hours, share

BERLIN = "Europe/Berlin"


def moment(text: str, zone: str = BERLIN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


@pytest.mark.parametrize(
    ("window", "now", "opens"),
    [
        ("20:00-06:00", "2026-05-04 19:59:30", "2026-05-04 20:00"),
        ("20:00-06:00", "2026-05-04 20:00", None),
        ("20:00-06:00", "2026-05-05 05:59:59", None),
        ("20:00-06:00", "2026-05-05 06:00", "2026-05-05 20:00"),
        ("08:00-18:00", "2026-05-04 07:00", "2026-05-04 08:00"),
        ("08:00-18:00", "2026-05-04 18:00", "2026-05-05 08:00"),
        ("00:00-24:00", "2026-05-04 23:59:59", None),
        ("22:00-24:00", "2026-05-05 00:00", "2026-05-05 22:00"),
        # The clock goes from 02:00 to 03:00: what would have opened at 02:30 opens at 03:00.
        ("02:30-05:00", "2026-03-29 01:59", "2026-03-29 03:00"),
        ("20:00-06:00", "2026-03-28 12:00", "2026-03-28 20:00"),
        ("20:00-06:00", "2026-03-29 06:00", "2026-03-29 20:00"),
        # The clock goes from 03:00 to 02:00: that hour is open twice.
        ("03:00-05:00", "2026-10-25 01:00", "2026-10-25 03:00"),
    ],
)
def test_the_window_opens_when_the_store_s_clock_says_so(
    window: str, now: str, opens: str | None
) -> None:
    found = hours(window, BERLIN).closed_for(moment(now))
    assert found == (moment(opens) - moment(now) if opens else 0)


def test_an_hour_shown_twice_is_open_twice() -> None:
    window = hours("02:00-03:00", BERLIN)
    for fold in (0, 1):
        assert window.closed_for(moment("2026-10-25 02:30", fold=fold)) == 0


@given(
    st.integers(1_700_000_000, 1_900_000_000),
    st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    st.integers(0, 23),
    st.integers(1, 22),
)
def test_after_the_wait_the_window_is_open_and_not_a_minute_sooner(
    now: int, zone: str, start: int, length: int
) -> None:
    window = hours(f"{start:02}:00-{(start + length) % 24:02}:00", zone)
    wait = window.closed_for(now)
    assert 0 <= wait <= 25 * 3600
    assert window.closed_for(now + wait) == 0
    if wait > 60:
        assert window.closed_for(now + wait - 60) > 0


@pytest.mark.parametrize(
    ("left", "takes"),
    [(3600, 3600), (2 * 3600, 2 * 3600), (3 * 3600, 26 * 3600), (9 * 3600, 98 * 3600)],
)
def test_work_of_hours_takes_days_when_the_window_is_short(left: int, takes: int) -> None:
    assert hours("20:00-22:00").working(moment("2026-05-04 19:00", "UTC"), left) == (
        takes if left > 2 * 3600 else takes + 3600
    )


@pytest.mark.parametrize("text", ["", "20-06", "25:00-06:00", "20:60-06:00", "06:00-06:00", "a-b"])
def test_what_is_no_part_of_the_day_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="20:00-06:00"):
        hours(text)


@pytest.mark.parametrize("text", ["0%", "101%", "half", "-5%", "", "0.8"])
def test_what_is_no_share_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="1% to 100%"):
        share(text)


def test_a_share_is_read() -> None:
    assert (share("80%"), share("80"), share(" 100 % ")) == (0.8, 0.8, 1.0)
