"""Every code that a fault may bear: what it means, how grave it is, its words and its remedy.

The one table from which faults are made and the README's table of codes is generated. `{...}` in
the words is filled in when the fault is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from importer.model import Fault, Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of fault: its default severity, its words, and the remedy."""

    code: str
    severity: Severity
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is: see `Fault` for the fields."""

    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    letter: str | None = None
    invoice: str | None = None


_TABLE = (
    # Cells that hide what they hold
    Code(
        "cell-error",
        ERROR,
        "The cell shows {value}: its formula could not be calculated.",
        "Correct the formula, or type the value itself.",
    ),
    Code(
        "cell-formula-without-value",
        ERROR,
        "The cell contains the formula {value}, but no result was saved with it.",
        "Open the workbook in Excel or LibreOffice, save it, and try again; or type the value.",
    ),
    Code(
        "cell-unread",
        ERROR,
        "The cell is stored in a way that can't be read ({value}).",
        "Open the workbook in Excel, save it, and try again.",
    ),
    Code(
        "cell-control-character",
        ERROR,
        "The cell contains an invisible character ({value}).",
        "Type the text again.",
    ),
    Code(
        "cell-merged",
        ERROR,
        "The cell is merged with others ({value}), so only the first of them has the value.",
        "Unmerge the cells and give each one its own value.",
    ),
    Code(
        "row-too-long",
        ERROR,
        "The row has more cells than the header ({value}), so its values may be in the wrong "
        "columns.",
        "Put any value that contains the file's delimiter, such as 1,200.50, in quotation marks.",
    ),
    Code(
        "cell-too-narrow",
        ERROR,
        "The cell contains only {value}: the column was too narrow for the value when the file "
        "was made.",
        "Widen the column in the original file and export it again, or type the value.",
    ),
    Code(
        "cell-formula-as-text",
        ERROR,
        "The cell contains the text of a formula ({value}), not its result.",
        "Type the value itself, or give the cell the format General and enter the formula again.",
    ),
    Code(
        "text-replacement-character",
        ERROR,
        "“{value}” has lost a letter: the character U+FFFD is in its place.",
        "Type the text again, or export the file again as UTF-8.",
    ),
    Code(
        "text-placeholder",
        ERROR,
        "“{value}” is what a program writes for an empty cell.",
        "Type the text, or clear the cell.",
    ),
    # Identifiers
    Code(
        "identifier-placeholder",
        ERROR,
        "“{value}” looks like a stand-in for an empty cell, so it isn't used as {column}.",
        "Type the real one, or clear the cell if there is none.",
    ),
    Code(
        "identifier-shortened",
        ERROR,
        "“{value}” is how a program shortens a long number: some of its digits are gone.",
        "Format the cell as text and type the number again from the original document.",
    ),
    Code(
        "identifier-rounded",
        ERROR,
        "{value} is stored as a number with more than 15 digits, so Excel has already rounded it.",
        "Format the cell as text and type the number again from the original document.",
    ),
    Code(
        "identifier-not-text",
        ERROR,
        "{value} is {what}, which can't be used as {column}.",
        "Format the cell as text and type the value as it should be.",
    ),
    Code(
        "number-shown-otherwise",
        ERROR,
        "The cell contains the number {value}, but its number format ({format}) shows a "
        "different text.",
        "Format the cell as text and type what it should say.",
    ),
    Code(
        "looks-like-a-date",
        WARNING,
        "“{value}” looks like a date that a spreadsheet made from a number such as 12-3.",
        "If it is right, do nothing. Otherwise format the cell as text and type the number again.",
    ),
    Code(
        "zip-too-short",
        WARNING,
        "The zip code {value} is too short for {country}, where zip codes have {digits} digits.",
        "If leading zeros were lost, format the cell as text and type {full}.",
    ),
    # Amounts and numbers
    Code(
        "amount-not-a-number",
        ERROR,
        "“{value}” is not a number.",
        "Type the plain number, such as 1250.00, without a currency sign.",
    ),
    Code(
        "amount-ambiguous",
        ERROR,
        "“{value}” can be read in two ways: {first} or {second}.",
        "Type it as a number in Excel, or use --locale to say how the file writes amounts.",
    ),
    Code(
        "amount-marks",
        ERROR,
        "It isn't clear which mark in “{value}” is the decimal mark.",
        "Type it as a number in Excel, or use --locale to say how the file writes amounts.",
    ),
    Code(
        "amount-too-precise",
        ERROR,
        "{value} has more decimals than {currency} allows ({decimals}).",
        "Round it to {decimals} decimals.",
    ),
    Code(
        "amount-too-large",
        ERROR,
        "{value} has more than 15 digits, more than Excel and the store can hold exactly.",
        "Check the amount.",
    ),
    Code(
        "amount-percent",
        ERROR,
        "The cell is formatted as a percentage ({value}), which is not an amount.",
        "Type the amount itself and give the cell a number format.",
    ),
    Code(
        "amount-wrong-kind",
        ERROR,
        "The cell contains {what} ({value}), not a number.",
        "Type the plain number.",
    ),
    Code(
        "number-not-whole",
        ERROR,
        "“{value}” is not a whole number.",
        "Type a whole number, such as 1.",
    ),
    Code(
        "format-hides-amount",
        WARNING,
        "The cell contains {value}, but its number format ({format}) shows something else.",
        "Check the amount, and give the cell an ordinary number format.",
    ),
    Code(
        "currency-against-format",
        WARNING,
        "The cell's number format shows {value}, but the invoice's currency is {currency}.",
        "Correct the currency, or the cell's number format.",
    ),
    # Currencies, dates, choices, addresses on the web
    Code(
        "currency-unknown",
        ERROR,
        "“{value}” is not a currency code.",
        "Use the three-letter ISO code, such as USD, EUR or GBP.",
    ),
    Code(
        "date-ambiguous",
        ERROR,
        "“{value}” can be {first} or {second}.",
        "Make it a real date in Excel, write it as YYYY-MM-DD, or use --date-format {form} "
        "to say how the file writes dates.",
    ),
    Code(
        "date-undeclared",
        ERROR,
        "“{value}” is a date in a form that wasn't declared (is it {first}?).",
        "Make it a real date in Excel, write it as YYYY-MM-DD, or use --date-format {form} "
        "to say how the file writes dates.",
    ),
    Code(
        "date-month-foreign",
        ERROR,
        "“{value}” names a month in a language that wasn't declared.",
        "Make it a real date in Excel, write it as YYYY-MM-DD, or give the language of the month "
        "names with --locale, such as --locale {locale}.",
    ),
    Code(
        "date-of-two-days",
        ERROR,
        "“{value}” is {first} as it is written, but {second} in the store's time zone.",
        "Write only the day, as YYYY-MM-DD.",
    ),
    Code(
        "date-not-a-date",
        ERROR,
        "“{value}” is not a date.",
        "Make it a real date in Excel, or write it as YYYY-MM-DD.",
    ),
    Code(
        "date-number",
        ERROR,
        "{value} is a plain number in a date column (as a date it would be {first}).",
        "Give the cell a date format and check that the date is right.",
    ),
    Code(
        "date-out-of-range",
        ERROR,
        "{value} is not a date that an invoice can have.",
        "Check the year.",
    ),
    Code(
        "date-time-as-utc",
        WARNING,
        "The time of day {value} was taken as UTC, because no time zone is set.",
        "Give the store's time zone with --time-zone or in its settings; if it is UTC, use "
        "--time-zone UTC.",
    ),
    Code(
        "date-other-day",
        WARNING,
        "“{value}” is {there} in the store's time zone.",
        "If that moment is right, do nothing. Otherwise write only the day, as YYYY-MM-DD.",
    ),
    Code(
        "date-time-left-out",
        WARNING,
        "The time of day {value} was left out: {column} is a date without a time.",
        "If the date is right, do nothing.",
    ),
    Code(
        "choice-unknown",
        ERROR,
        "“{value}” is not one of the choices.",
        "Choose one of: {choices}.",
    ),
    Code(
        "url-not-http",
        ERROR,
        "“{value}” is not a web address.",
        "Give the whole address, beginning with https:// or http://.",
    ),
    # What the schema asks
    Code(
        "required-missing",
        ERROR,
        "{column} is empty.",
        "Fill in the cell: it is required in every row.",
    ),
    Code(
        "text-too-long",
        ERROR,
        "The text has {length} characters; at most {limit} are allowed.",
        "Shorten it.",
    ),
    Code(
        "value-not-allowed",
        ERROR,
        "The store can't take this value: {reason}.",
        "Correct the cell.",
    ),
    # How the rows belong together
    Code(
        "invoice-duplicate",
        ERROR,
        "Invoice {value} appears in several rows ({rows}).",
        "Keep one row for each invoice number; lines belong on the Line Items sheet.",
    ),
    Code(
        "invoice-numbers-alike",
        WARNING,
        "Invoice {value} looks like {others}: a store may take them for the same number.",
        "Check whether they are different invoices. If they are, make their numbers differ more.",
    ),
    Code(
        "row-without-invoice",
        ERROR,
        "There is no invoice {value} on the {invoices} sheet.",
        "Correct the invoice number, or add the invoice.",
    ),
    Code(
        "external-id-shared",
        ERROR,
        "Several invoices have the External ID {value} (rows {rows}), so it isn't clear which "
        "of them the other sheets mean.",
        "Give each invoice its own External ID, and use it on every sheet.",
    ),
    Code(
        "mode-creates-nothing",
        ERROR,
        "The mode {value} is not for new invoices, so this one is left out.",
        "If that is intended, do nothing. Otherwise set Mode to Create, or clear it.",
    ),
    Code(
        "currency-not-the-invoices",
        ERROR,
        "The currency {value} differs from the currency of the invoice's original balance, "
        "{currency}.",
        "An invoice has only one currency: correct the one that is wrong.",
    ),
    Code(
        "row-looks-like-total",
        ERROR,
        "This row looks like a total of other rows: {reason}.",
        "Delete the row, or move it to another sheet. If it is not a total, correct what it says.",
    ),
    Code(
        "order-duplicate",
        ERROR,
        "Several invoices have the order {value} (rows {rows}); a store allows one invoice per "
        "order.",
        "Keep the order number on only one of them.",
    ),
    Code(
        "billing-address-twice",
        ERROR,
        "Invoice {value} has more than one billing address (rows {rows}).",
        "Keep one billing address. If the others are for shipping, change their Address Type to "
        "Shipping.",
    ),
    Code(
        "header-differs",
        ERROR,
        "{column} is {value} here, but {first} in row {row} of the same invoice {number}.",
        "Give all rows of the invoice the same value, or fill it in only once.",
    ),
    Code(
        "value-not-mapped",
        ERROR,
        "“{value}” is not one of the values that the mapping lists for {column}.",
        "Add it to the mapping, or correct the cell.",
    ),
    Code(
        "address-without-owner",
        ERROR,
        "The address has neither an invoice number nor an address code.",
        "Give it the number of its invoice, or an address code that invoices refer to.",
    ),
    Code(
        "address-code-duplicate",
        ERROR,
        "The address code {value} appears in several rows ({rows}).",
        "Keep one row for each code.",
    ),
    Code(
        "address-code-unknown",
        ERROR,
        "There is no address with the code {value} on the {addresses} sheet.",
        "Correct the code, or add the address.",
    ),
    Code(
        "address-code-unusable",
        ERROR,
        "The address {value} can't be used: its own row has an error ({cell}).",
        "Correct that row; this cell is then right too.",
    ),
    Code(
        "address-twice",
        ERROR,
        "Invoice {value} refers to the {kind} address {shared}, but also has one of its own "
        "(row {rows}).",
        "Clear this cell, or delete the invoice's own address.",
    ),
    # Rules of the trade
    Code(
        "open-above-original",
        ERROR,
        "The open balance {value} is more than the original balance {original}.",
        "Correct one of the two.",
    ),
    Code(
        "due-before-issue",
        ERROR,
        "The due date is before the issue date.",
        "Correct one of the two.",
    ),
    Code(
        "open-below-zero",
        WARNING,
        "The open balance is {value}: more was paid than the invoice total of {original}.",
        "If the buyer has overpaid, do nothing. Otherwise correct the open balance.",
    ),
    Code(
        "status-against-balance",
        WARNING,
        "The status is {value}, but {reason}.",
        "Correct the status or the open balance.",
    ),
    Code(
        "quantity-not-positive",
        ERROR,
        "The quantity is {value}.",
        "Give a quantity above zero.",
    ),
    Code(
        "price-negative",
        ERROR,
        "The unit price is {value}.",
        "Give the price as a positive number; credits belong in the discount or in a cost line.",
    ),
    Code(
        "line-without-description",
        WARNING,
        "The line has no description.",
        "Add one if the SKU is not a product in the store: the store requires it then.",
    ),
    Code(
        "date-far-away",
        WARNING,
        "{value} is more than {years} years from today.",
        "Check the year.",
    ),
    Code(
        "lines-against-subtotal",
        WARNING,
        "The lines add up to {lines}, but the cost line “{label}” says {value}.",
        "Correct the lines or the cost line.",
    ),
    Code(
        "lines-against-balance",
        WARNING,
        "{what} add up to {added}, but the original balance is {value}.",
        "Correct the lines or the balance; or add what is missing, such as tax or shipping, to the "
        "cost lines.",
    ),
    Code(
        "costs-against-balance",
        WARNING,
        "The cost lines add up to {costs}, but the original balance is {value}.",
        "Correct the cost lines or the balance.",
    ),
    # The workbook as a whole
    Code(
        "column-unknown",
        WARNING,
        "The column “{value}” is not recognised and was not imported.",
        "If it isn't meant for the store, do nothing: the report keeps it.",
    ),
    Code(
        "sheet-unknown",
        WARNING,
        "The sheet “{value}” is not recognised and was not imported.",
        "If it isn't meant for the store, do nothing. Otherwise rename it to one of: {sheets}.",
    ),
    Code(
        "mapping-remembered",
        WARNING,
        "Read with the mapping {value}, which was used for these headers on {day}.",
        "If that is right, do nothing. Otherwise give another with --mapping, or use "
        "--no-remembered for none.",
    ),
    Code(
        "sheet-unlike",
        WARNING,
        "The sheet “{value}” is named like {sheet}, but has no column {missing}, so it was not "
        "imported.",
        "If it isn't meant for the store, do nothing. Otherwise add the column, or rename yours "
        "to this.",
    ),
    Code(
        "sheet-taken",
        WARNING,
        "No sheet is named {sheet}; “{value}” has all of its columns and was read as {sheet}.",
        "If that is right, do nothing, or rename it to {sheet} to avoid this warning.",
    ),
    Code(
        "rows-hidden",
        WARNING,
        "{count} hidden or filtered rows were imported like the others (the first: {value}).",
        "Unhide them and check whether they belong; delete them if they don't.",
    ),
    Code(
        "columns-hidden",
        WARNING,
        "Hidden columns were imported like the others: {value}.",
        "Unhide them and check whether they belong.",
    ),
    Code(
        "sheet-hidden",
        WARNING,
        "The sheet is hidden; it was imported like the others.",
        "Unhide it and check whether it belongs; delete it if it doesn't.",
    ),
)

CODES: dict[str, Code] = {code.code: code for code in _TABLE}


_LONGEST_WORD = 300


def _short(word: Any) -> Any:
    """Give a word as it is, but for a cell's text that would fill the screen."""
    too_long = isinstance(word, str) and len(word) > _LONGEST_WORD
    return f"{word[:_LONGEST_WORD]}…" if too_long else word


def fault(code: str, place: Place, *, severity: Severity | None = None, **words: Any) -> Fault:
    """Make the fault of a code at a place; `words` fill the message and the remedy.

    A missing word is a mistake in this program: KeyError.
    """
    entry = CODES[code]
    header = (place.column or "").rstrip(" *")  # the template's mark of what is required
    words.setdefault("column", header or "The cell")
    words = {name: _short(word) for name, word in words.items()}
    return Fault(
        code=code,
        message=entry.message.format(**words),
        remedy=entry.remedy.format(**words),
        severity=severity or entry.severity,
        sheet=place.sheet,
        row=place.row,
        column=place.column,
        letter=place.letter,
        invoice=place.invoice,
    )


def again(first: Fault, row: int, invoice: str | None) -> Fault:
    """Give the same fault in another row of its column: quick, and no text is stored twice."""
    return Fault(
        first.code,
        first.message,
        first.remedy,
        first.severity,
        first.sheet,
        row,
        first.column,
        first.letter,
        invoice,
    )
