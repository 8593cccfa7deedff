"""A date is read as people write it when it can be read in one way; its time of day isn't lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import importer
from importer import ReadOptions, cli
from importer.workbook.options import strptime_format

from .books import HEAD, invoices, judged, write

NEW_YEARS_EVE = dt.datetime(2026, 12, 31, tzinfo=dt.UTC)


def read(path: Path, cell: object, **options: object) -> object:
    """Give the moment that a cell of Issue Date becomes, or the code of its fault."""
    book = invoices(path / "a.xlsx", {"Issue Date": cell})
    options.setdefault("time_zone", "UTC")
    bodies, faults = judged(book, **options)
    found = bodies[0].get("issuedAt")
    codes = [code for code, _ in faults]
    return codes[0] if found is None else dt.datetime.fromtimestamp(found, dt.UTC)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("31 December 2026", None),
        ("31-Dec-2026", None),
        ("31/DEC/2026", None),
        ("31. Dec. 2026", None),
        ("Dec 31, 2026", None),
        ("December 31st, 2026", None),
        ("Thursday, 31 December 2026", None),
        ("2026-Dec-31", None),
        ("31 December 2026 00:00:00", None),
        ("31 décembre 2026", "fr_FR"),
        ("31. Dezember 2026", "de_DE"),
        ("Donnerstag, 31. Dezember 2026", "de_DE"),
        ("31 de diciembre de 2026", "es_ES"),
        ("31 dic 2026", "it_IT"),
        ("31 Dec 2026", "de_DE"),
    ],
)
def test_a_named_month_needs_no_format(tmp_path: Path, text: str, locale: str | None) -> None:
    assert read(tmp_path, text, locale=locale) == NEW_YEARS_EVE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31-Dec-26", "date-undeclared"),
        ("31 Dezember 2026", "date-month-foreign"),
        ("December 2026", "date-not-a-date"),
        ("31 Smarch 2026", "date-not-a-date"),
        ("31 February 2026", "date-not-a-date"),
        ("Q1 2026", "date-not-a-date"),
        ("2026-12-31 25:00", "date-not-a-date"),
        ("2026-12-31 13:00 PM", "date-not-a-date"),
        ("1 or 2 December 2026", "date-not-a-date"),
        ("20261232", "date-not-a-date"),
        ("18991231", "date-not-a-date"),
        ("2026-12-31T22:00:00+25:00", "date-not-a-date"),
        ("2026-12-31T22:00:00 CEST", "date-not-a-date"),
    ],
)
def test_a_date_that_cant_be_told_stays_a_fault(tmp_path: Path, text: str, code: str) -> None:
    assert read(tmp_path, text) == code


@pytest.mark.parametrize(
    ("form", "text", "locale"),
    [
        ("DD-MMM-YYYY", "31-Dec-2026", None),
        ("DD-MMM-YYYY", "31-DEC-2026", None),
        ("d-mmm-yy", "31-Dec-26", None),
        ("D MMMM YYYY", "31 December 2026", None),
        ("D. MMMM YYYY", "31. Dezember 2026", "de_DE"),
        ("DD.MMM.YY", "31.dic.26", "es_ES"),
        ("dddd, d mmmm yy", "Thursday, 31 December 26", None),
        ("M/D/YYYY", "12/31/2026", None),
        ("DD/MM/YYYY", "31/12/2026 00:00:00", None),
        ("DD/MM/YYYY", "31/12/2026 0:00", None),
        ("DD/MM/YYYY", "31/12/2026 12:00:00 AM", None),
        ("DD/MM/YYYY hh:mm", "31/12/2026 00:00", None),
        ("m/d/yyyy h:mm:ss AM/PM", "12/31/2026 12:00:00 am", None),
        ("[$-409]d\\-mmm\\-yyyy;@", "31-Dec-2026", None),
        ('D "of" MMMM YYYY', "31 of December 2026", None),
        ("%d.%m.%y", "31.12.26", None),
        ("YYYYMMDD", "20261231", None),
    ],
)
def test_excels_own_words_declare_a_format(
    tmp_path: Path, form: str, text: str, locale: str | None
) -> None:
    formats = (strptime_format(form),)
    assert read(tmp_path, text, date_formats=formats, locale=locale) == NEW_YEARS_EVE


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("DD-MON-YYYY", "'O' in 'DD-MON-YYYY' is not understood"),
        ("JJJJ-MM-TT", "'JJJJ' in"),
        ("MM/YYYY", "where day, month and year are"),
        ("DD/YYYY hh:mm", "where day, month and year are"),
    ],
)
def test_a_format_that_isnt_understood_is_refused(form: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        strptime_format(form)


@pytest.mark.parametrize(
    ("cell", "formats"),
    [
        (dt.datetime(2026, 3, 31, 14, 5), ()),
        ("2026-03-31 14:05", ()),
        ("2026-03-31T14:05:00", ()),
        ("31 March 2026 2:05 PM", ()),
        ("31/03/2026 14:05", ("%d/%m/%Y",)),
        ("31/03/2026 2:05:00 p.m.", ("%d/%m/%Y",)),
        ("31.3.2026 14:05", ("%d.%m.%Y %H:%M",)),
    ],
)
def test_a_time_of_day_is_kept_in_the_stores_time_zone(
    tmp_path: Path, cell: object, formats: tuple[str, ...]
) -> None:
    found = read(tmp_path, cell, date_formats=formats, time_zone="America/New_York")
    assert found == dt.datetime(2026, 3, 31, 18, 5, tzinfo=dt.UTC)


def test_a_time_of_day_without_a_time_zone_is_said(tmp_path: Path) -> None:
    path = invoices(tmp_path / "a.xlsx", {"Issue Date": dt.datetime(2026, 3, 31, 14, 5)})
    assert judged(path)[1] == {("date-time-as-utc", "Invoices!E2")}
    path = invoices(tmp_path / "b.xlsx", {"Issue Date": "2026-03-31T00:00:00"})
    assert not judged(path)[1]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-31T22:00:00Z",
        "2026-03-31T22:00:00.000Z",
        "2026-03-31 22:00 UTC",
        "2026-04-01T00:00:00+02:00",
        "2026-03-31T17:00:00-0500",
        "2026-04-01T03:30:00+05:30",
        "31 March 2026 10:00 PM GMT",
    ],
)
@pytest.mark.parametrize("zone", [None, "Europe/Berlin", "America/New_York"])
def test_a_time_with_its_offset_is_that_instant_anywhere(
    tmp_path: Path, text: str, zone: str | None
) -> None:
    found = read(tmp_path, text, time_zone=zone)
    assert found == dt.datetime(2026, 3, 31, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        ("2026-03-31T22:00:00Z", None, None),
        ("2026-03-31T22:00:00Z", "Europe/Berlin", None),
        ("2026-03-31T00:00:00Z", "UTC", None),
        ("2026-03-31T00:00:00Z", "Europe/Berlin", None),  # 02:00 of the same day
        ("2026-03-31T00:00:00Z", "America/New_York", "30 March 2026, 20:00, in the store's"),
        ("2026-04-01T00:00:00+02:00", "UTC", "31 March 2026, 22:00, in the store's"),
    ],
)
def test_a_midnight_elsewhere_that_is_another_day_here_is_said(
    tmp_path: Path, text: str, zone: str | None, said: str | None
) -> None:
    path = invoices(tmp_path / "a.xlsx", {"Issue Date": text})
    faults = importer.check(path, options=ReadOptions(time_zone=zone), write_report=False).faults
    assert [fault.code for fault in faults] == (["date-other-day"] if said else [])
    assert (said or "") in "".join(fault.message for fault in faults)


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2026-03-31T00:00:00Z", "America/New_York", 31),
        ("2026-03-31T00:00:00+02:00", "America/New_York", 31),
        ("2026-03-31T22:00:00+02:00", "Europe/Berlin", 31),
        ("2026-03-31T20:00:00Z", "Europe/Berlin", 31),
        ("2026-03-31T22:00:00Z", "UTC", 31),
        ("2026-03-31T22:00:00Z", "Europe/Berlin", None),  # how programs spell 1 April there
        ("2026-03-31T02:00:00+09:00", "UTC", None),
    ],
)
def test_a_day_with_a_time_and_offset_is_a_day_only_if_it_is_the_same_here(
    tmp_path: Path, text: str, zone: str, day: int | None
) -> None:
    bodies, faults = judged(invoices(tmp_path / "a.xlsx", {"Due Date": text}), time_zone=zone)
    if day is None:
        assert faults == {("date-of-two-days", "Invoices!E2")}
    else:
        due = dt.datetime.fromtimestamp(bodies[0]["dueDate"], ZoneInfo(zone))
        assert due == dt.datetime(2026, 3, day, tzinfo=ZoneInfo(zone))
        assert {code for code, _ in faults} <= {"date-time-left-out"}


def test_utc_that_was_said_is_not_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = invoices(tmp_path / "a.xlsx", {"Issue Date": dt.datetime(2026, 3, 31, 14, 5)})
    arguments = ["check", str(path), "--no-report"]
    cli.main(arguments)
    assert "--time-zone UTC" in capsys.readouterr().out
    cli.main([*arguments, "--time-zone", "UTC"])
    assert "time of day" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("20261231", "YYYYMMDD"),
        (20261231, "YYYYMMDD"),
        ("31122026", "DDMMYYYY"),
        ("12312026", "MMDDYYYY"),
        ("12112026", "MMDDYYYY or DDMMYYYY"),
        ("31.12.2026", "DD.MM.YYYY"),
        ("12/31/26", "MM/DD/YY"),
        ("03/04/2026", "MM/DD/YYYY or DD/MM/YYYY"),
        ("04/04/2026 14:30", "MM/DD/YYYY or DD/MM/YYYY"),
        ("2026/12/31", "YYYY/MM/DD"),
        ("31-Dec-26", "D-MMM-YY"),
        ("Dec. 31, 26", '"MMM. D, YY"'),
        ("Thursday, 31 December 26", '"DDDD, D MMM YY"'),
    ],
)
def test_the_remedy_names_the_format_that_reads_the_date(
    tmp_path: Path, cell: object, form: str
) -> None:
    path = invoices(tmp_path / "a.xlsx", {"Issue Date": cell})
    (fault,) = importer.check(path, write_report=False).faults
    assert f"use --date-format {form} to say" in fault.remedy
    for each in form.split(" or "):
        declared = (strptime_format(each.strip('"')),)
        assert isinstance(read(tmp_path, cell, date_formats=declared), dt.datetime)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("31 Dezember 2026", "de_DE"),
        ("31. Dez. 2026", "de_DE"),
        ("31 décembre 2026", "fr_FR"),
        ("31 de diciembre de 2026", "es_ES"),
        ("31 grudnia 2026", "pl_PL"),
    ],
)
def test_a_month_in_another_language_leads_to_its_locale(
    tmp_path: Path, text: str, locale: str
) -> None:
    path = invoices(tmp_path / "a.xlsx", {"Issue Date": text})
    (fault,) = importer.check(path, write_report=False).faults
    assert fault.remedy.endswith(f"--locale {locale}.")
    assert read(tmp_path, text, locale=locale) == NEW_YEARS_EVE


def test_a_due_date_is_a_day_whatever_its_hour(tmp_path: Path) -> None:
    row = ("I-1", "1001", "USD", 5, dt.datetime(2026, 3, 31, 14, 5), dt.datetime(2026, 3, 31, 9))
    path = write(tmp_path / "a.xlsx", {"Invoices": [(*HEAD, "Issue Date", "Due Date"), row]})
    bodies, faults = judged(path, time_zone="America/New_York")
    due = dt.datetime.fromtimestamp(bodies[0]["dueDate"], dt.UTC)
    assert due == dt.datetime(2026, 3, 31, 4, tzinfo=dt.UTC)
    assert faults == {("date-time-left-out", "Invoices!F2")}  # and not due before its issue


def test_a_month_of_the_mappings_language_is_read(tmp_path: Path) -> None:
    from . import mapped

    path = invoices(tmp_path / "a.xlsx", {"Issue Date": "31 décembre 2026"})
    found = mapped.bodies(path, 'locale = "fr_FR"', time_zone="Etc/UTC")
    assert found[0]["issuedAt"] == NEW_YEARS_EVE.timestamp()
