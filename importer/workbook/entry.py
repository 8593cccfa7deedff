"""What helps a clerk to type the right thing: formats and drop-downs for each kind of column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.workbook.fields import Column, Kind
from importer.workbook.styles import (
    DATE_FORMAT,
    GENERAL,
    MONEY_FORMAT,
    NUMBER_FORMAT,
    TEXT_FORMAT,
)

if TYPE_CHECKING:
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

LAST_ROW = 1_048_576

COMMON_CURRENCIES = (
    "USD,EUR,GBP,CAD,AUD,NZD,CHF,JPY,CNY,HKD,SGD,INR,SEK,NOK,DKK,PLN,CZK,HUF,RON,BGN,"
    "TRY,ILS,AED,SAR,KWD,ZAR,MXN,BRL,CLP,COP,KRW,TWD,THB,MYR,IDR,PHP,VND"
)

FORMATS = {
    Kind.IDENTIFIER: TEXT_FORMAT,
    Kind.CURRENCY: TEXT_FORMAT,
    Kind.URL: TEXT_FORMAT,
    Kind.AMOUNT: MONEY_FORMAT,
    Kind.QUANTITY: NUMBER_FORMAT,
    Kind.INTEGER: "0",
    Kind.DATE: DATE_FORMAT,
    Kind.DAY: DATE_FORMAT,
}


def number_format(column: Column | None) -> str:
    """Give the number format of a column's empty cells; `General` when we don't know it."""
    return FORMATS.get(column.kind, GENERAL) if column else GENERAL


def align(column: Column) -> str | None:
    """Give how a column's values stand: money and quantities to the right, codes in the middle."""
    if column.kind in (Kind.AMOUNT, Kind.QUANTITY, Kind.INTEGER):
        return "right"
    return "center" if column.kind in (Kind.CURRENCY, Kind.DATE, Kind.DAY) else None


def guide(sheet: Worksheet, letter: str, column: Column) -> None:
    """Give a column of a sheet its drop-down or its check, with a message that helps."""
    validation = _validation(column)
    if validation is not None:
        validation.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(validation)


def _validation(column: Column) -> DataValidation | None:
    from openpyxl.worksheet.datavalidation import DataValidation

    if column.choices:
        labels = list(column.choices)
        found = DataValidation(type="list", formula1=f'"{",".join(labels)}"', errorStyle="stop")
        found.error = f"Choose one of: {', '.join(labels)}."
        found.prompt = f"Choose one of: {', '.join(labels)}."
    elif column.kind is Kind.CURRENCY:
        found = DataValidation(type="list", formula1=f'"{COMMON_CURRENCIES}"', errorStyle="warning")
        found.error = "This code isn't in the list of common currencies. Any ISO code is allowed."
        found.prompt = "Choose a code from the list, or type any three-letter ISO code."
    elif column.kind in (Kind.DATE, Kind.DAY):
        found = DataValidation(
            type="date", operator="between", formula1="32874", formula2="73415"
        )  # 1990 to 2100
        found.errorStyle = "warning"
        found.error = "This isn't a date that Excel understands. Type it as 2026-03-31."
    elif column.kind in (Kind.AMOUNT, Kind.QUANTITY):
        found = DataValidation(
            type="decimal", operator="between", formula1="-1000000000000", formula2="1000000000000"
        )
        found.errorStyle = "warning"
        found.error = "This isn't a number. Type digits only, without a currency sign."
    else:
        return None
    found.allow_blank = True
    found.errorTitle = found.promptTitle = column.header
    found.showErrorMessage = True
    found.showInputMessage = bool(found.prompt)
    return found
