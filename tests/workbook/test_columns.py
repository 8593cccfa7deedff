"""A cell's value becomes exactly what it is, or a fault that says why not."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from importer.errors import SettingsError
from importer.workbook.amounts import decimals_of
from importer.workbook.columns import convert
from importer.workbook.dates import seconds
from importer.workbook.fields import Column, Kind
from importer.workbook.options import ReadOptions

NAN, INF = float("nan"), float("inf")


def one(kind: Kind, value: Any, code: str | None = None, **options: Any) -> Any:
    """Convert one cell; a fault gives its code."""
    column = Column("k", "Header", kind, choices={"Open": 0, "Partially paid": 1})
    typed, bad = convert([value], column, ReadOptions(**options), [code])
    return bad[0].code if bad else typed[0]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("00012", "00012"),
        (12.0, "12"),
        (12, "12"),
        (-7.0, "-7"),
        (" \u00a0INV-1\u202f", "INV-1"),
        ("INV\u00a01", "INV 1"),
        (999_999_999_999_999.0, "999999999999999"),
        (1e15, "identifier-rounded"),
        (1e308, "identifier-rounded"),
        (12.5, "identifier-not-text"),
        (NAN, "identifier-not-text"),
        (INF, "identifier-not-text"),
        (True, "identifier-not-text"),
        (dt.date(2026, 3, 1), "identifier-not-text"),
        (dt.timedelta(1), "identifier-not-text"),
        ("INV\u200b1", "cell-control-character"),
        ("INV\n1", "cell-control-character"),
        ("INV\x001", "cell-control-character"),
        ("   ", None),
        ("é" * 32767, "é" * 32767),
    ],
)
def test_an_identifier_keeps_every_character(value: Any, meant: str | None) -> None:
    assert one(Kind.IDENTIFIER, value) == meant


@pytest.mark.parametrize(
    ("value", "code", "meant"),
    [
        (0.1 + 0.2, "USD", "0.30"),
        (1000.1 - 999.9, "USD", "0.20"),
        (100, "USD", "100.00"),
        (-0.0, "USD", "0.00"),
        (-12.5, "USD", "-12.50"),
        (100.005, "USD", "amount-too-precise"),
        (1e-10, "USD", "amount-too-precise"),
        (100.0, "JPY", "100"),
        (100.5, "JPY", "amount-too-precise"),
        (1.234, "KWD", "1.234"),
        (1.2345, "KWD", "amount-too-precise"),
        (1234567890123.45, "USD", "1234567890123.45"),
        (123456789012345.67, "USD", "amount-too-large"),
        (1e300, "USD", "amount-too-large"),
        (NAN, "USD", "amount-not-a-number"),
        (INF, None, "amount-not-a-number"),
        (True, "USD", "amount-wrong-kind"),
        (dt.date(2026, 1, 1), "USD", "amount-wrong-kind"),
        (dt.time(0), "USD", "amount-wrong-kind"),
        ("1250.00", "USD", "1250.00"),
        ("1250.0000000000000000000", "USD", "1250.00"),
        ("0.125", "KWD", "0.125"),
        (" 1\u00a0250.50 ", "USD", "1250.50"),
        ("(12.50)", "USD", "-12.50"),
        ("12.50-", "USD", "-12.50"),
        ("\u221212.50", "USD", "-12.50"),
        ("(-12.50)", "USD", "amount-not-a-number"),
        ("-12.50-", "USD", "amount-not-a-number"),
        ("1.234", "USD", "amount-ambiguous"),
        ("1,234", "USD", "amount-ambiguous"),
        ("(1.234)", "USD", "amount-ambiguous"),
        ("1,234.50", "USD", "1234.50"),
        ("1.234,50", "USD", "1234.50"),
        ("1'234.50", "USD", "1234.50"),
        ("1,234,567", "USD", "1234567.00"),
        ("(1,234,567.89)", "USD", "-1234567.89"),
        ("1,234.567", "KWD", "1234.567"),
        (".50", "USD", "0.50"),
        ("-.50", "USD", "-0.50"),
        ("12.345.67", "USD", "amount-marks"),
        ("1.234,567.89", "USD", "amount-marks"),
        ("0,123.45", "USD", "amount-marks"),
        ("1,23,456.00", "USD", "amount-marks"),
        ("1,2345.00", "USD", "amount-marks"),
        ("1250,00", "USD", "amount-marks"),
        ("12,5", "USD", "amount-marks"),
        ("$5", "USD", "amount-not-a-number"),
        ("5%", "USD", "amount-not-a-number"),
        ("1e5", "USD", "amount-not-a-number"),
        ("NaN", "USD", "amount-not-a-number"),
        ("١٢", "USD", "amount-not-a-number"),
        ("9" * 400, None, "amount-too-large"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(value: Any, code: Any, meant: str) -> None:
    assert one(Kind.AMOUNT, value, code) == meant


@pytest.mark.parametrize(
    ("value", "locale", "meant"),
    [
        ("1.234,50", "de_DE", "1234.50"),
        ("1.234", "de_DE", "1234.00"),
        ("(1.234,50)", "de_DE", "-1234.50"),
        ("1.234,50-", "de_DE", "-1234.50"),
        ("(-5)", "de_DE", "amount-not-a-number"),
        ("1234.50", "de_DE", "amount-not-a-number"),
        ("1,234.50", "en_US", "1234.50"),
        ("1 234,50", "fr_FR", "1234.50"),
        ("1\u202f234,50", "fr_FR", "1234.50"),
        ("1'234.50", "de_CH", "1234.50"),
        ("NaN", "de_DE", "amount-not-a-number"),
        ("Infinity", "en_US", "amount-not-a-number"),
        ("abc", "en_US", "amount-not-a-number"),
    ],
)
def test_a_locale_says_which_marks_a_text_amount_uses(value: str, locale: str, meant: str) -> None:
    assert one(Kind.AMOUNT, value, "USD", locale=locale) == meant


@pytest.mark.parametrize(
    ("code", "decimals"),
    [("USD", 2), ("JPY", 0), ("KWD", 3), ("RSD", 2), ("IQD", 3), ("DEM", None), ("ABC", None)],
)
def test_a_currency_has_the_decimals_of_the_standard(code: str, decimals: int | None) -> None:
    assert decimals_of(code) == decimals


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (dt.date(2026, 3, 1), "2026-03-01"),
        (dt.datetime(2026, 3, 1, 23, 59), "2026-03-01"),
        ("2026-03-01", "2026-03-01"),
        ("2026-3-1 13:05", "2026-03-01"),
        ("2026-03-01T00:00:00Z", "2026-03-01"),
        ("2026-02-30", "date-not-a-date"),
        ("03/04/2026", "date-ambiguous"),
        ("13/04/2026", "date-undeclared"),
        ("2026/04/13", "date-undeclared"),
        ("04/04/2026", "date-undeclared"),
        ("soon", "date-not-a-date"),
        (46000.0, "date-number"),
        (3_000_000.0, "date-not-a-date"),
        (20260301.0, "date-undeclared"),
        (NAN, "date-not-a-date"),
        (True, "date-not-a-date"),
        (dt.time(0), "date-not-a-date"),
        (dt.date(1900, 2, 28), "date-out-of-range"),
        (dt.date(9999, 12, 31), "date-out-of-range"),
    ],
)
def test_a_date_is_a_real_one_or_a_fault(value: Any, meant: str) -> None:
    assert one(Kind.DAY, value) == meant


@pytest.mark.parametrize(
    ("value", "formats", "meant"),
    [
        ("03/04/2026", ("%d/%m/%Y",), "2026-04-03"),
        ("03/04/2026", ("%d/%m/%Y", "%m/%d/%Y"), "date-ambiguous"),
        ("13/04/2026", ("%d/%m/%Y", "%m/%d/%Y"), "2026-04-13"),
        (20260301.0, ("%Y%m%d",), "2026-03-01"),
        ("2026-03-01", ("%d.%m.%Y",), "2026-03-01"),
    ],
)
def test_declared_formats_say_what_a_text_date_means(
    value: Any, formats: tuple[str, ...], meant: str
) -> None:
    assert one(Kind.DAY, value, date_formats=formats) == meant


def test_an_ambiguous_date_shows_both_readings() -> None:
    _, bad = convert(["03/04/2026"], Column("k", "Due", Kind.DATE), ReadOptions())
    assert (bad[0].words["first"], bad[0].words["second"]) == ("4 March 2026", "3 April 2026")


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        ("America/Santiago", dt.date(2023, 9, 3), dt.datetime(2023, 9, 3, 4)),  # no midnight
        ("Africa/Cairo", dt.date(2024, 4, 26), dt.datetime(2024, 4, 25, 22)),  # no midnight
        ("America/Havana", dt.date(2023, 11, 5), dt.datetime(2023, 11, 5, 4)),  # midnight twice
        ("America/New_York", dt.date(2026, 3, 8), dt.datetime(2026, 3, 8, 5)),
        ("Asia/Kolkata", dt.date(2026, 3, 8), dt.datetime(2026, 3, 7, 18, 30)),
    ],
)
def test_a_day_begins_when_it_does_in_the_stores_time_zone(
    zone: str, day: dt.date, utc: dt.datetime
) -> None:
    assert seconds(day, ZoneInfo(zone)) == utc.replace(tzinfo=dt.UTC).timestamp()


def test_a_time_zone_that_there_isnt_is_a_setting_to_mend() -> None:
    with pytest.raises(SettingsError, match="Mars/Base"):
        one(Kind.DATE, "2026-03-01", time_zone="Mars/Base")


@pytest.mark.parametrize(
    ("kind", "value", "meant"),
    [
        (Kind.TEXT, "a\r\nb", "a\nb"),
        (Kind.TEXT, "a\x07b", "cell-control-character"),
        (Kind.TEXT, 0.1 + 0.2, "0.3"),
        (Kind.TEXT, 1e20, "100000000000000000000"),
        (Kind.TEXT, True, "TRUE"),
        (Kind.TEXT, dt.datetime(2026, 1, 2, 3, 4), "2026-01-02 03:04:00"),
        (Kind.TEXT, NAN, "amount-not-a-number"),
        (Kind.QUANTITY, 2.5, "2.5"),
        (Kind.QUANTITY, -0.0, "0"),
        (Kind.QUANTITY, 1e-7, "0.0000001"),
        (Kind.QUANTITY, 1e300, "amount-too-large"),
        (Kind.QUANTITY, 1e-300, "amount-too-large"),
        (Kind.INTEGER, 3.0, 3),
        (Kind.INTEGER, 3.5, "number-not-whole"),
        (Kind.INTEGER, " 7 ", 7),
        (Kind.INTEGER, NAN, "amount-not-a-number"),
        (Kind.CURRENCY, " usd", "USD"),
        (Kind.CURRENCY, "XYZ", "currency-unknown"),
        (Kind.CURRENCY, 1.0, "currency-unknown"),
        (Kind.CHOICE, " partially  PAID ", 1),
        (Kind.CHOICE, "—", "choice-unknown"),
        (Kind.URL, "https://a.example/x", "https://a.example/x"),
        (Kind.URL, "ftp://a.example", "url-not-http"),
        (Kind.URL, "javascript:alert(1)", "url-not-http"),
    ],
)
def test_other_kinds_of_cells(kind: Kind, value: Any, meant: Any) -> None:
    assert one(kind, value) == meant


def test_true_is_not_taken_for_one_beside_it() -> None:
    typed, bad = convert([1, True, 1.0], Column("k", "Qty", Kind.QUANTITY), ReadOptions())
    assert typed == ["1", None, "1"]
    assert bad[1].code == "amount-wrong-kind"
