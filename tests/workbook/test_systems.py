"""Headers as the exports of known programs have them: what `importer map` makes of each."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from importer import cli
from importer.errors import WorkbookError
from importer.workbook.matching import SheetProposal, Top
from importer.workbook.proposal_file import propose_mapping, write_toml
from importer.workbook.proposing import propose
from importer.workbook.sections import named
from importer.workbook.systems import SYSTEMS, recognise
from tests.workbook.mapped import bodies, book, prepared


def taken(proposal: SheetProposal) -> dict[str, str]:
    """Our column for each header that is proposed."""
    return {
        c.header: named(c.field.column, c.field.section)
        for c in proposal.columns
        if c.taken and c.field
    }


def one(headers: list[str], title: str = "Sheet1") -> SheetProposal:
    (found,) = propose([Top(title, [headers])])
    return found


HEADS = {
    "Business Central": (
        "No.|Sell-to Customer No.|Sell-to Customer Name|Currency Code|Document Date|Posting Date|"
        "Due Date|Amount|Amount Including VAT|Remaining Amount|External Document No.|No. Printed",
        {
            "No.": "Invoice Number", "Sell-to Customer No.": "External Customer ID",
            "Currency Code": "Currency", "Document Date": "Issue Date", "Due Date": "Due Date",
            "Amount Including VAT": "Original Balance", "Remaining Amount": "Open Balance",
            "External Document No.": "PO Number",
        },
    ),
    "Business Central, ledger entries": (
        "Posting Date|Document Type|Document No.|Customer No.|Description|Currency Code|"
        "Original Amount|Amount|Amount (LCY)|Remaining Amount|Remaining Amt. (LCY)|Due Date|"
        "Pmt. Discount Date|Open|Entry No.",
        {
            "Posting Date": "Issue Date", "Document Type": "Type", "Document No.": "Invoice Number",
            "Customer No.": "External Customer ID", "Currency Code": "Currency",
            "Original Amount": "Original Balance", "Remaining Amount": "Open Balance",
            "Due Date": "Due Date",
        },
    ),
    "Zoho Books": (
        "Invoice Date|Invoice ID|Invoice Number|Invoice Status|Customer ID|Customer Name|"
        "PurchaseOrder|Payment Terms|Payment Terms Label|Due Date|Expected Payment Date|"
        "Currency Code|Exchange Rate|Item Name|Item Desc|SKU|Quantity|Usage unit|Item Price|"
        "Discount|Discount Amount|Item Total|SubTotal|Total|Balance|Shipping Charge|Adjustment|"
        "Billing Address|Billing Street2|Billing City|Billing State|Billing Country|Billing Code|"
        "Shipping Address|Shipping City|Shipping Code|Notes|Terms & Conditions",
        {
            "Invoice Date": "Issue Date", "Invoice ID": "External ID",
            "Invoice Number": "Invoice Number", "Invoice Status": "Status",
            "Customer ID": "External Customer ID", "PurchaseOrder": "PO Number",
            "Due Date": "Due Date", "Currency Code": "Currency", "Item Name": "Description",
            "SKU": "SKU", "Quantity": "Quantity", "Item Price": "Unit Price",
            "SubTotal": "Amount (Subtotal)", "Total": "Original Balance", "Balance": "Open Balance",
            "Shipping Charge": "Amount (Shipping)", "Billing Address": "Street 1 (billing)",
            "Billing Street2": "Street 2 (billing)", "Billing City": "City (billing)",
            "Billing State": "State (billing)", "Billing Country": "Country (billing)",
            "Billing Code": "Zip Code (billing)", "Shipping Address": "Street 1 (shipping)",
            "Shipping City": "City (shipping)", "Shipping Code": "Zip Code (shipping)",
            "Terms & Conditions": "Terms and Conditions",
        },
    ),
    "Xero": (
        "ContactName|EmailAddress|POAddressLine1|POAddressLine2|POCity|PORegion|POPostalCode|"
        "POCountry|InvoiceNumber|Reference|InvoiceDate|DueDate|PlannedDate|Total|TaxTotal|"
        "InvoiceAmountPaid|InvoiceAmountDue|InventoryItemCode|Description|Quantity|UnitAmount|"
        "Discount|LineAmount|AccountCode|TaxType|TaxAmount|TrackingName1|Currency|Type|Sent|Status",
        {
            "POAddressLine1": "Street 1 (billing)", "POAddressLine2": "Street 2 (billing)",
            "POCity": "City (billing)", "PORegion": "State (billing)",
            "POPostalCode": "Zip Code (billing)", "POCountry": "Country (billing)",
            "InvoiceNumber": "Invoice Number", "Reference": "PO Number",
            "InvoiceDate": "Issue Date", "DueDate": "Due Date", "Total": "Original Balance",
            "TaxTotal": "Amount (Tax)", "InvoiceAmountDue": "Open Balance",
            "InventoryItemCode": "SKU", "Description": "Description", "Quantity": "Quantity",
            "UnitAmount": "Unit Price", "Currency": "Currency", "Type": "Type", "Status": "Status",
        },
    ),
    "QuickBooks": (
        "Date|Transaction Type|Num|Name|Memo/Description|Due Date|Amount|Open Balance",
        {
            "Date": "Issue Date", "Transaction Type": "Type", "Num": "Invoice Number",
            "Due Date": "Due Date", "Amount": "Original Balance", "Open Balance": "Open Balance",
        },
    ),
    "QuickBooks, lines": (
        "Transaction Date|Transaction Type|Num|Customer|Product/Service|Memo/Description|Quantity|"
        "Sales Price|Amount|Balance",
        {
            "Transaction Date": "Issue Date", "Transaction Type": "Type", "Num": "Invoice Number",
            "Product/Service": "SKU", "Memo/Description": "Description", "Quantity": "Quantity",
            "Sales Price": "Unit Price",
        },
    ),
    "NetSuite": (
        "Internal ID|Type|Date|Document Number|Name|Customer ID|Currency|Amount (Net)|Amount (Tax)|"
        "Amount (Gross)|Amount Remaining|Amount Paid|Due Date/Receive By|PO/Check Number|Status|"
        "Created From|Date Closed",
        {
            "Internal ID": "External ID", "Type": "Type", "Date": "Issue Date",
            "Document Number": "Invoice Number", "Customer ID": "External Customer ID",
            "Currency": "Currency", "Amount (Gross)": "Original Balance",
            "Amount Remaining": "Open Balance", "Due Date/Receive By": "Due Date",
            "PO/Check Number": "PO Number", "Status": "Status",
        },
    ),
    "Stripe": (
        "id|Amount Due|Billing|Closed|Currency|Customer|Date (UTC)|Due Date (UTC)|Number|Paid|"
        "Subscription|Subtotal|Total Discount Amount|Tax|Tax Percent|Total|Amount Paid|"
        "Amount Remaining|Status|Customer Name|Customer Email",
        {
            "id": "External ID", "Currency": "Currency", "Customer": "External Customer ID",
            "Date (UTC)": "Issue Date", "Due Date (UTC)": "Due Date", "Number": "Invoice Number",
            "Total": "Original Balance", "Amount Remaining": "Open Balance", "Status": "Status",
        },
    ),
    "SAP": (
        "Billing Document|Billing Type|Billing Date|Sold-to Party|Payer|Net Value|Tax Amount|"
        "Gross Value|Document Currency|Net due date|Clearing Document",
        {
            "Billing Document": "Invoice Number", "Billing Type": "Type",
            "Billing Date": "Issue Date", "Payer": "External Customer ID",
            "Gross Value": "Original Balance", "Document Currency": "Currency",
            "Net due date": "Due Date",
        },
    ),
    "SAP, technical names": (
        "VBELN|FKDAT|KUNRG|NETWR|MWSBK|WAERK",
        {
            "VBELN": "Invoice Number", "FKDAT": "Issue Date", "KUNRG": "External Customer ID",
            "WAERK": "Currency",
        },
    ),
    "SAP Business One": (
        "DocEntry|DocNum|DocDate|DocDueDate|TaxDate|CardCode|CardName|NumAtCard|DocCur|VatSum|"
        "DocTotal|PaidToDate",
        {
            "DocEntry": "External ID", "DocNum": "Invoice Number", "DocDate": "Issue Date",
            "DocDueDate": "Due Date", "CardCode": "External Customer ID", "NumAtCard": "PO Number",
            "DocCur": "Currency", "DocTotal": "Original Balance",
        },
    ),
    "Sage 50": (
        "Type|A/C|Invoice No|Date|Due Date|N/C|Net|Tax|T/C|Gross|Paid|Outstanding|Currency",
        {
            "Type": "Type", "A/C": "External Customer ID", "Invoice No": "Invoice Number",
            "Date": "Issue Date", "Due Date": "Due Date", "Gross": "Original Balance",
            "Outstanding": "Open Balance", "Currency": "Currency",
        },
    ),
    "Sage Intacct": (
        "RECORDNO|RECORDID|CUSTOMERID|CUSTOMERNAME|WHENCREATED|WHENPOSTED|WHENDUE|WHENPAID|"
        "DOCNUMBER|CURRENCY|TOTALENTERED|TOTALPAID|TOTALDUE",
        {
            "RECORDNO": "External ID", "RECORDID": "Invoice Number",
            "CUSTOMERID": "External Customer ID", "WHENCREATED": "Issue Date",
            "WHENDUE": "Due Date", "DOCNUMBER": "PO Number", "CURRENCY": "Currency",
            "TOTALENTERED": "Original Balance", "TOTALDUE": "Open Balance",
        },
    ),
    "Sage 100": (
        "InvoiceNo|InvoiceType|InvoiceDate|ARDivisionNo|CustomerNo|CustomerPONo|InvoiceDueDate|"
        "TaxableAmt|NonTaxableAmt|SalesTaxAmt|DiscountAmt|Balance",
        {
            "InvoiceNo": "Invoice Number", "InvoiceType": "Type", "InvoiceDate": "Issue Date",
            "CustomerNo": "External Customer ID", "CustomerPONo": "PO Number",
            "InvoiceDueDate": "Due Date", "Balance": "Open Balance",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", HEADS)
def test_the_headers_of_a_program_are_read_as_it_means_them(program: str) -> None:
    headers, expected = HEADS[program]
    found = one(headers.split("|"))
    assert found.program == program.partition(",")[0]
    assert taken(found) == expected
    assert tomllib.loads(write_toml([found], "b.xlsx", "m.toml"))


def test_every_program_is_told_from_every_other() -> None:
    for system in SYSTEMS:
        assert recognise(system.telling) is system


@pytest.mark.parametrize(
    "headers",
    [
        ["Invoice Number", "Company ID", "Currency", "Original Balance", "Due Date"],
        ["Invoice Number", "Total", "Amount Due", "Amount Paid", "Billing Code"],
        ["Date", "Number", "Customer", "Total", "Currency"],
    ],
)
def test_common_headers_are_no_programs(headers: list[str]) -> None:
    assert recognise(headers) is None


def test_lines_of_business_central_have_their_own_number(tmp_path: Path) -> None:
    path = book(
        tmp_path / "b.xlsx",
        Posted_Sales_Invoices=[HEADS["Business Central"][0].split("|")],
        Lines=[["Document No.", "Type", "No.", "Description", "Quantity", "Unit of Measure Code",
                "Unit Price Excl. VAT", "Line Discount %", "Line Amount Excl. VAT"]],
    )  # fmt: skip
    invoices, lines = propose_mapping(path)
    assert (invoices.key, lines.key) == ("invoices", "lines")
    assert taken(lines) == {
        "Document No.": "Invoice Number", "Type": "Type", "No.": "SKU",
        "Description": "Description", "Quantity": "Quantity", "Unit Price Excl. VAT": "Unit Price",
    }  # fmt: skip


def test_what_means_something_else_there_isn_t_taken_by_its_name_either(tmp_path: Path) -> None:
    heads = HEADS["Stripe"][0].split("|")
    heads.remove("Amount Remaining")
    row = dict(zip(heads, ["x"] * len(heads), strict=True))
    row |= {"Total": "5", "Amount Due": "4", "Currency": "usd", "Number": "R1", "Status": "open",
            "Date (UTC)": "2026-03-01", "Due Date (UTC)": "2026-04-01"}  # fmt: skip
    path = book(tmp_path / "b.xlsx", Sheet1=[[*heads, "Company ID"], [*row.values(), "1001"]])
    target = tmp_path / "m.toml"
    assert cli.main(["map", str(path), "-o", str(target)]) == 0
    (body,) = bodies(path, target.read_text("utf-8"))
    assert body["originalBalance"] == body["openBalance"] == {"code": "USD", "value": 5.0}


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        (["Net Amount", "Amount"], ("Original Balance", "Amount", "Net Amount")),
        (["Amount", "Amount incl. VAT"], ("Original Balance", "Amount", "Amount incl. VAT")),
        (["Total", "Gross Total"], ("Original Balance", "Total", "Gross Total")),
        (["Betrag Netto", "Gesamtbetrag", "Bruttobetrag"],
         ("Original Balance", "Gesamtbetrag", "Bruttobetrag")),
        (["Amount Due", "Amount Remaining"], ("Open Balance", "Amount Due", "Amount Remaining")),
        (["Remaining Amount", "Open Amount"], ("Open Balance", "Open Amount", "Remaining Amount")),
        (["Net Due Date", "Zahlbar bis"], ("Due Date", "Net Due Date", "Zahlbar bis")),
        (["Document Date", "Date"], ("Issue Date", "Document Date", "Date")),
        (["Customer No", "Account Number"],
         ("External Customer ID", "Customer No", "Account Number")),
    ],
)  # fmt: skip
def test_where_two_may_be_meant_both_are_comments_and_named(
    tmp_path: Path, headers: list[str], shown: tuple[str, str, str]
) -> None:
    ours, one_, other = shown
    path = book(tmp_path / "b.xlsx", Invoices=[["Invoice Number", "Company ID", *headers]])
    proposals = propose_mapping(path)
    assert ours not in taken(proposals[0]).values()
    text = write_toml(proposals, "b.xlsx", "m.toml")
    line = next(line for line in text.splitlines() if f'"{ours}" = "{one_}"' in line)
    assert line.startswith("# ")
    assert f"“{other}”" in line


def test_our_own_names_are_never_in_doubt(tmp_path: Path) -> None:
    head = ["Invoice Number", "Company ID", "Currency", "Original Balance", "Gross Amount",
            "Open Balance", "Amount Due", "Due Date", "Net Due Date"]  # fmt: skip
    (found,) = propose_mapping(book(tmp_path / "b.xlsx", Invoices=[head]))
    assert {"Original Balance", "Open Balance", "Due Date"} <= set(taken(found).values())
    assert prepared(
        book(tmp_path / "c.xlsx", Invoices=[head, ["A", "1", "USD", *"1234", None, None]])
    )


@pytest.mark.parametrize(
    ("header", "never"),
    [
        ("Payment Date", "Due Date"), ("Paid Date", "Due Date"), ("Discount Due Date", "Due Date"),
        ("Last Payment Date", "Due Date"), ("Order Date", "Issue Date"), ("Ship Date", "Due Date"),
        ("Net Total", "Original Balance"), ("Subtotal", "Original Balance"),
        ("Tax Amount", "Original Balance"), ("Amount Paid", "Open Balance"),
        ("Total Paid", "Original Balance"), ("Order Date", "Order Number"),
        ("PO Date", "PO Number"), ("Customer Name", "External Customer ID"),
        ("Due Amount", "Due Date"), ("Billing Code", "Billing Address Code"),
        ("Sales Order", "Order Number"), ("Order No.", "Order Number"), ("Order", "Order Number"),
        ("Order #", "Order Number"), ("Sales Order Number", "Order Number"),
        ("Auftragsnummer", "Order Number"), ("Ord. Nr.", "Order Number"),
    ],
)  # fmt: skip
def test_what_is_only_near_is_never_taken(header: str, never: str) -> None:
    assert taken(one(["Invoice Number", "Company ID", header], "Invoices")).get(header) != never


@pytest.mark.parametrize("header", ["Sales Order", "Order No.", "Auftrags-Nr"])
def test_an_erps_order_number_is_shown_as_doubtful_and_not_sent(
    tmp_path: Path, header: str
) -> None:
    head = ["Invoice Number", "Company ID", "Currency", "Original Balance", header]
    path = book(tmp_path / "b.xlsx", Invoices=[head, ["A", "1", "USD", 1, 105]])
    text = write_toml(propose_mapping(path), "b.xlsx", "m.toml")
    assert f'# "Order Number" = "{header}"' in text
    assert "%, such as 105; in doubt: only the store's own order ID belongs here" in text
    assert [each.get("orderNumber") for each in bodies(path, text)] == [None]


def test_a_missing_company_comes_with_how_to_translate_the_buyers_own_numbers(
    tmp_path: Path,
) -> None:
    head = ["Rechnungs-Nr", "Kunden-Nr", "Währung", "Brutto"]
    path = book(tmp_path / "b.xlsx", Rechnungen=[head, ["A", "D-100", "EUR", 1]])
    text = write_toml(propose_mapping(path), "b.xlsx", "m.toml")
    edited = text.replace('# "Company ID"', '"Company ID"').replace("# [invoices.v", "[invoices.v")
    edited = edited.replace('# "D-100" = "?"', '"D-100" = "1001"')
    assert [each["customerId"] for each in bodies(path, edited)] == ["1001"]


@pytest.mark.parametrize("header", ["Order Number", "Order ID", "BigCommerce Order", "Web Order"])
def test_the_stores_own_order_is_proposed(header: str) -> None:
    headers = ["Invoice Number", "Company ID", header]
    assert taken(one(headers, "Invoices"))[header] == "Order Number"


@pytest.mark.parametrize(
    ("title", "headers"),
    [
        ("Payments", ["Invoice Number", "Paid At", "Amount", "Description"]),
        ("Receipts 2026", ["Invoice No", "Receipt", "Amount", "Description"]),
        ("Journal", ["Invoice No", "Account", "Description", "Value"]),
        ("Data", ["Invoice Number", "Description", "Amount"]),
        ("Credit notes", ["Invoice Number", "Company ID", "Currency", "Amount"]),
        ("Bank", ["Invoice Number", "Date", "Name", "Value"]),
    ],
)
def test_a_sheet_of_another_title_is_not_ours_for_its_columns(
    tmp_path: Path, title: str, headers: list[str]
) -> None:
    head = ["Invoice Number", "Company ID", "Currency", "Original Balance"]
    path = book(tmp_path / "b.xlsx", Invoices=[head], **{title: [headers, ["A", "b", "c", "d"]]})
    first, second = propose_mapping(path)
    assert (first.key, second.key) == ("invoices", "")
    text = write_toml([first, second], "b.xlsx", "m.toml")
    assert set(tomllib.loads(text)) == {"invoices"}
    assert f'# ignore_sheets = ["{title}"]' in text


def test_a_sheet_that_may_be_ours_is_shown_with_what_to_add(tmp_path: Path) -> None:
    head = ["Invoice Number", "Company ID", "Currency", "Original Balance"]
    more = ["Invoice Number", "Description", "Amount"]
    path = book(tmp_path / "b.xlsx", Invoices=[head], Surcharge_list=[more])
    text = write_toml(propose_mapping(path), "b.xlsx", "m.toml")
    assert "“Surcharge list” has the columns of Cost Lines" in text
    assert '# [costs]\n# sheet = "Surcharge list"' in text


def test_an_unedited_proposal_with_a_doubt_is_refused_not_guessed(tmp_path: Path) -> None:
    head = ["Invoice Number", "Company ID", "Currency", "Amount", "Amount incl. VAT"]
    path = book(tmp_path / "b.xlsx", Invoices=[head, ["A", "1", "USD", 100, 119]])
    text = write_toml(propose_mapping(path), "b.xlsx", "m.toml")
    with pytest.raises(WorkbookError, match=r"“Amount incl\. VAT”"):
        prepared(path, text)
