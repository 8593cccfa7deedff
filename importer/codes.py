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
        "The cell shows {value}: its formula could not be worked out.",
        "Correct the formula, or type the value itself.",
    ),
    Code(
        "cell-formula-without-value",
        ERROR,
        "The cell holds the formula {value}, but no result was saved with it.",
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
        "The cell holds a character that can't be seen ({value}).",
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
        "The row has more cells than the header ({value}), so its values may be in wrong columns.",
        "Put a value that holds the file's delimiter, such as 1,200.50, in quotation marks.",
    ),
    Code(
        "cell-too-narrow",
        ERROR,
        "The cell holds only {value}: the program that wrote the file had no room for the value.",
        "Widen the column where the file was made and export it again, or type the value.",
    ),
    Code(
        "cell-formula-as-text",
        ERROR,
        "The cell holds the text of a formula ({value}), not its result.",
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
        "Type the text, or empty the cell.",
    ),
    # Identifiers
    Code(
        "identifier-placeholder",
        ERROR,
        "“{value}” says that there is nothing, so it isn't taken as {column}.",
        "Type the real one, or empty the cell if there is none.",
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
        "{value} is stored as a number of more than 15 digits: Excel has already changed the last "
        "ones.",
        "Format the cell as text and type the number again from the original document.",
    ),
    Code(
        "identifier-not-text",
        ERROR,
        "{value} is {what}, which can't be taken as {column}.",
        "Format the cell as text and type it as it should be.",
    ),
    Code(
        "number-shown-otherwise",
        ERROR,
        "The cell holds the number {value}, but its number format ({format}) shows another text.",
        "Format the cell as text and type what it should say.",
    ),
    Code(
        "looks-like-a-date",
        WARNING,
        "“{value}” looks like a date that a spreadsheet made of a number such as 12-3.",
        "Nothing, if it is right; else format the cell as text and type the number again.",
    ),
    Code(
        "zip-too-short",
        WARNING,
        "The zip code {value} is too short for {country}, where it has {digits} digits.",
        "Write {full} if the zeros at the beginning were lost, in a cell formatted as text.",
    ),
    # Amounts and numbers
    Code(
        "amount-not-a-number",
        ERROR,
        "“{value}” is not an amount.",
        "Type the plain number, such as 1250.00, without a currency sign.",
    ),
    Code(
        "amount-ambiguous",
        ERROR,
        "“{value}” can be read in two ways: {first} or {second}.",
        "Type it as a number in Excel, or say which marks the file uses with --locale.",
    ),
    Code(
        "amount-marks",
        ERROR,
        "“{value}” has marks between its digits, and nothing says which of them is the decimal "
        "mark.",
        "Type it as a number in Excel, or say which marks the file uses with --locale.",
    ),
    Code(
        "amount-too-precise",
        ERROR,
        "{value} has more decimals than {currency} has ({decimals}).",
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
        "The cell holds {what} ({value}), not a number.",
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
        "The cell holds {value}, but its number format ({format}) shows something else.",
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
        "Make it a real date in Excel, write it as YYYY-MM-DD, or say how the file writes dates, "
        "with --date-format {form}.",
    ),
    Code(
        "date-undeclared",
        ERROR,
        "“{value}” is a date in a form that wasn't declared (is it {first}?).",
        "Make it a real date in Excel, write it as YYYY-MM-DD, or say how the file writes dates, "
        "with --date-format {form}.",
    ),
    Code(
        "date-month-foreign",
        ERROR,
        "“{value}” names a month in a language that wasn't declared.",
        "Make it a real date in Excel, write it as YYYY-MM-DD, or say in which language the file "
        "names months, with --locale, such as --locale {locale}.",
    ),
    Code(
        "date-of-two-days",
        ERROR,
        "“{value}” is {first} as it is written, but {second} in the store's time zone.",
        "Write the day alone, as YYYY-MM-DD.",
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
        "Give the cell a date format and look whether the date is right.",
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
        "Say in which time zone the store is, with --time-zone or in its settings; if it is UTC, "
        "with --time-zone UTC.",
    ),
    Code(
        "date-other-day",
        WARNING,
        "“{value}” is {there} in the store's time zone.",
        "Nothing, if that moment is meant; else write the day alone, as YYYY-MM-DD.",
    ),
    Code(
        "date-time-left-out",
        WARNING,
        "The time of day {value} was left out: {column} is a day.",
        "Nothing, if the day is right.",
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
        "Fill in the cell: every row needs one.",
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
        "No invoice {value} on the {invoices} sheet.",
        "Correct the invoice number, or add the invoice.",
    ),
    Code(
        "external-id-shared",
        ERROR,
        "External ID {value} is on several invoices (rows {rows}), so the other sheets can't say "
        "which they mean.",
        "Give each invoice an External ID of its own, on each of the sheets.",
    ),
    Code(
        "mode-creates-nothing",
        ERROR,
        "The mode {value} is not for new invoices, so this one is left out.",
        "Nothing, if that is meant; else set Mode to Create, or empty it.",
    ),
    Code(
        "currency-not-the-invoices",
        ERROR,
        "The currency {value} is not that of the invoice's original balance, {currency}.",
        "An invoice has one currency; correct the one that is wrong.",
    ),
    Code(
        "row-looks-like-total",
        ERROR,
        "This row looks like a total of other rows: {reason}.",
        "Delete the row, or move it to another sheet. If it is none, correct what it says.",
    ),
    Code(
        "order-duplicate",
        ERROR,
        "Order {value} is on several invoices (rows {rows}); a store holds one for each order.",
        "Leave the order number on one of them.",
    ),
    Code(
        "billing-address-twice",
        ERROR,
        "Invoice {value} has more than one billing address (rows {rows}).",
        "Keep one billing address; the others may be shipping addresses.",
    ),
    Code(
        "header-differs",
        ERROR,
        "{column} is {value} here, but {first} in row {row} of the same invoice {number}.",
        "Give all rows of the invoice the same value, or leave the repeats empty.",
    ),
    Code(
        "value-not-mapped",
        ERROR,
        "“{value}” is not among the values that the mapping has for {column}.",
        "Add it to the mapping, or correct the cell.",
    ),
    Code(
        "address-without-owner",
        ERROR,
        "The address has neither an invoice number nor an address code.",
        "Give it the number of its invoice, or a code that invoices name.",
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
        "No address with the code {value} on the {addresses} sheet.",
        "Correct the code, or add the address.",
    ),
    Code(
        "address-code-unusable",
        ERROR,
        "The address {value} can't be used: its own row is at fault ({cell}).",
        "Correct that row; then this cell is right.",
    ),
    Code(
        "address-twice",
        ERROR,
        "Invoice {value} names the {kind} address {shared}, but has one of its own (row {rows}).",
        "Empty this cell, or delete the invoice's own address.",
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
        "The open balance is {value}: more was paid than the invoice's {original}.",
        "Nothing, if the buyer has overpaid; else correct the open balance.",
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
        "Give the price as a positive number; credit belongs in the discount or a cost line.",
    ),
    Code(
        "line-without-description",
        WARNING,
        "The line has no description.",
        "Add one if the SKU is not a product of the store; the store needs it then.",
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
        "The column “{value}” is not known and was not imported.",
        "Nothing, if it isn't meant for the store; it is kept in the report.",
    ),
    Code(
        "sheet-unknown",
        WARNING,
        "The sheet “{value}” is not known and was not imported.",
        "Nothing, if it isn't meant for the store; else rename it: {sheets}.",
    ),
    Code(
        "mapping-remembered",
        WARNING,
        "Read with the mapping {value}, which was used for these headers on {day}.",
        "Nothing, if that is right; else give another with --mapping, or --no-remembered for none.",
    ),
    Code(
        "sheet-unlike",
        WARNING,
        "The sheet “{value}” is named like {sheet}, but has no column {missing}, so it was not "
        "imported.",
        "Nothing, if it isn't meant for the store; else add the column, or give yours this name.",
    ),
    Code(
        "sheet-taken",
        WARNING,
        "No sheet is named {sheet}; “{value}” has all of its columns and was read as {sheet}.",
        "Nothing, if that is right; name it {sheet}, and nobody has to wonder.",
    ),
    Code(
        "rows-hidden",
        WARNING,
        "{count} hidden or filtered rows were imported like the others (the first: {value}).",
        "Show them and look whether they belong; delete them if they don't.",
    ),
    Code(
        "columns-hidden",
        WARNING,
        "Hidden columns were imported like the others: {value}.",
        "Show them and look whether they belong.",
    ),
    Code(
        "sheet-hidden",
        WARNING,
        "The sheet is hidden; it was imported like the others.",
        "Show it and look whether it belongs; delete it if it doesn't.",
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


def again(first: Fault, place: Place) -> Fault:
    """Give the same fault at another cell of its column: quick, and no text is stored twice."""
    return Fault(
        first.code,
        first.message,
        first.remedy,
        first.severity,
        place.sheet,
        place.row,
        place.column,
        place.letter,
        place.invoice,
    )
