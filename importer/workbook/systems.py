"""The headers of the programs that invoices are exported from, and what they mean there: data.

A header can mean one thing in one program and another in the next: `Billing Code` is a postcode in
Zoho Books, `Amount` is before tax in Business Central, `Amount Due` doesn't shrink with payments
in Stripe. So a program is recognised by several of its own headers, and then its meanings go before
what a header alone seems to say. The headers are those of the programs' own exports, lists and
import files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from importer.workbook.fields import normal

Place = tuple[str, str]
"""A section of a mapping and the key of a column of ours: (`invoices`, `number`)."""

_ENOUGH = 3
"""How many of a program's own headers tell that a sheet is its export."""


@dataclass(frozen=True)
class System:
    """A program. `telling` are headers that few others have; `meanings` says which are ours.

    `meanings` is by section and key; the first of several headers goes before the others. `other`
    are headers that seem to be ours and aren't.
    """

    name: str
    telling: tuple[str, ...]
    meanings: Mapping[str, Mapping[str, tuple[str, ...]]]
    other: tuple[str, ...] = ()

    def meaning(self, header: str) -> Mapping[Place, int] | None:
        """Give the columns of ours that a header is there, each with its rank (0: the first).

        Empty when it is none of ours; None when nothing is known of it.
        """
        return self._meanings.get(normal(header))

    @cached_property
    def _meanings(self) -> dict[str, dict[Place, int]]:
        found: dict[str, dict[Place, int]] = {normal(header): {} for header in self.other}
        for section, columns in self.meanings.items():
            for key, headers in columns.items():
                for rank, header in enumerate(headers):
                    found.setdefault(normal(header), {})[section, key] = rank
        return found

    def hits(self, headers: Iterable[str]) -> int:
        """Count the telling headers among those of a sheet."""
        return len({normal(header) for header in headers} & set(map(normal, self.telling)))


def recognise(headers: Iterable[str]) -> System | None:
    """Give the program whose export has these headers; None when none is told for sure."""
    given = [header for header in headers if header]
    best = max(SYSTEMS, key=lambda system: system.hits(given))
    return best if best.hits(given) >= _ENOUGH else None


def _address(**headers: str) -> Mapping[str, tuple[str, ...]]:
    return {key: (header,) for key, header in headers.items()}


BUSINESS_CENTRAL = System(
    "Business Central",
    telling=(
        "Sell-to Customer No.", "Sell-to Customer Name", "Bill-to Customer No.",
        "Bill-to Name", "Amount Including VAT", "Amount Including Tax", "Remaining Amount",
        "External Document No.", "No. Printed", "Location Code", "Remaining Amt. (LCY)",
        "Original Amt. (LCY)", "Pmt. Discount Date", "Entry No.", "Salesperson Code",
        "Unit of Measure Code", "Unit Price Excl. VAT", "Unit Price Excl. Tax", "Line Discount %",
        "Line Amount Excl. VAT", "Line Amount Excl. Tax", "Sell-to Contact", "Corrective",
        "Payment Terms Code", "Shipment Method Code",
    ),
    meanings={
        "invoices": {
            "number": ("Document No.", "No."),
            "external_customer": ("Sell-to Customer No.", "Customer No.", "Bill-to Customer No."),
            "currency": ("Currency Code",),
            "original": ("Amount Including VAT", "Amount Including Tax", "Original Amount"),
            "open": ("Remaining Amount",),
            "issued": ("Document Date", "Posting Date"),
            "due": ("Due Date",),
            "po": ("External Document No.", "Your Reference"),
            "terms": ("Payment Terms Code",),
            "type": ("Document Type",),
        },
        "lines": {
            "number": ("Document No.",),
            "sku": ("No.", "Item No."),
            "description": ("Description",),
            "quantity": ("Quantity",),
            "price": ("Unit Price Excl. VAT", "Unit Price Excl. Tax", "Unit Price"),
            "type": ("Type",),
        },
    },
    other=(
        "Amount", "Amount (LCY)", "Remaining Amt. (LCY)", "Original Amt. (LCY)", "Order No.",
        "Pmt. Discount Date", "Line Discount %", "Line Amount Excl. VAT", "Line Amount Excl. Tax",
        "Ship-to Code", "Entry No.", "Closed", "Open", "Name", "Customer Name",
    ),
)  # fmt: skip

ZOHO_BOOKS = System(
    "Zoho Books",
    telling=(
        "Invoice ID", "SubTotal", "Item Price", "Usage unit", "Billing Code", "Shipping Code",
        "Is Inclusive Tax", "Item Desc", "PurchaseOrder", "Payment Terms Label",
        "Expected Payment Date", "Billing Street2", "Shipping Street2", "Shipping Charge",
        "Template Name", "Entity Discount Percent", "Is Discount Before Tax", "Billing Attention",
        "Invoice Status", "Exchange Rate", "Adjustment Description", "Item Total",
    ),
    meanings={
        "invoices": {
            "number": ("Invoice Number",),
            "external_id": ("Invoice ID",),
            "external_customer": ("Customer ID",),
            "currency": ("Currency Code",),
            "original": ("Total",),
            "open": ("Balance",),
            "issued": ("Invoice Date",),
            "due": ("Due Date",),
            "status": ("Invoice Status",),
            "po": ("PurchaseOrder",),
            "terms": ("Terms & Conditions",),
        },
        "lines": {
            "number": ("Invoice Number",),
            "sku": ("SKU",),
            "description": ("Item Name", "Item Desc"),
            "quantity": ("Quantity",),
            "price": ("Item Price",),
        },
        "addresses.billing": _address(
            last="Billing Attention", street1="Billing Address", street2="Billing Street2",
            city="Billing City", state="Billing State", zip="Billing Code",
            country="Billing Country",
        ),
        "addresses.shipping": _address(
            last="Shipping Attention", street1="Shipping Address", street2="Shipping Street2",
            city="Shipping City", state="Shipping State", zip="Shipping Code",
            country="Shipping Country",
        ),
        "costs.Subtotal": {"amount": ("SubTotal",)},
        "costs.Shipping": {"amount": ("Shipping Charge",)},
    },
    other=(
        "Expected Payment Date", "Last Payment Date", "Discount", "Discount Amount", "Item Total",
        "Exchange Rate", "Payment Terms", "Payment Terms Label", "Customer Name", "Product ID",
        "Entity Discount Percent", "Adjustment", "Notes", "Sales Order Number", "Item Tax Amount",
    ),
)  # fmt: skip

XERO = System(
    "Xero",
    telling=(
        "ContactName", "POAddressLine1", "SAAddressLine1", "POPostalCode", "InvoiceAmountDue",
        "InvoiceAmountPaid", "TaxTotal", "UnitAmount", "AccountCode", "TaxType",
        "InventoryItemCode", "TrackingName1", "TrackingOption1", "BrandingTheme", "LineAmount",
        "PlannedDate",
    ),
    meanings={
        "invoices": {
            "number": ("InvoiceNumber",),
            "external_customer": ("AccountNumber",),
            "currency": ("Currency",),
            "original": ("Total",),
            "open": ("InvoiceAmountDue",),
            "issued": ("InvoiceDate",),
            "due": ("DueDate",),
            "po": ("Reference",),
            "status": ("Status",),
            "type": ("Type",),
        },
        "lines": {
            "number": ("InvoiceNumber",),
            "sku": ("InventoryItemCode",),
            "description": ("Description",),
            "quantity": ("Quantity",),
            "price": ("UnitAmount",),
        },
        "addresses.billing": _address(
            last="POAttentionTo", street1="POAddressLine1", street2="POAddressLine2",
            city="POCity", state="PORegion", zip="POPostalCode", country="POCountry",
        ),
        "addresses.shipping": _address(
            last="SAAttentionTo", street1="SAAddressLine1", street2="SAAddressLine2",
            city="SACity", state="SARegion", zip="SAPostalCode", country="SACountry",
        ),
        "costs.Tax": {"amount": ("TaxTotal",)},
    },
    other=(
        "Discount", "LineAmount", "TaxAmount", "PlannedDate", "ExpectedPaymentDate",
        "InvoiceAmountPaid", "ContactName", "AccountCode",
    ),
)  # fmt: skip

QUICKBOOKS = System(
    "QuickBooks",
    telling=(
        "Transaction Type", "Num", "Open Balance", "Memo/Description", "InvoiceNo", "ItemRate",
        "ItemAmount", "ItemQuantity", "ItemDescription", "Item(Product/Service)", "P. O. #",
        "Aging", "Past Due", "A/R Paid", "Transaction Date", "Service Date", "Posting",
        "Customer Full Name",
    ),
    meanings={
        "invoices": {
            "number": ("Num", "InvoiceNo", "No."),
            "type": ("Transaction Type", "Type"),
            "currency": ("Currency",),
            "original": ("Amount", "Total"),
            "open": ("Open Balance",),
            "issued": ("InvoiceDate", "Date", "Transaction Date"),
            "due": ("Due Date", "DueDate"),
            "po": ("P. O. #", "PO Number"),
            "terms": ("Terms",),
        },
        "lines": {
            "number": ("InvoiceNo", "Num"),
            "sku": ("SKU", "Item(Product/Service)"),
            "description": ("ItemDescription",),
            "quantity": ("ItemQuantity",),
            "price": ("ItemRate",),
        },
    },
    other=(
        "ItemAmount", "Aging", "Memo/Description", "Service Date", "TaxRate", "Name", "Customer",
        "Create Date", "Memo",
    ),
)  # fmt: skip

QUICKBOOKS_LINES = System(
    "QuickBooks",
    telling=(
        "Transaction Type", "Num", "Product/Service", "Memo/Description", "Sales Price", "Qty",
        "Product/Service Full Name", "Transaction Date",
    ),
    meanings={
        "invoices": {
            "number": ("Num",),
            "issued": ("Date", "Transaction Date"),
            "type": ("Transaction Type",),
        },
        "lines": {
            "number": ("Num",),
            "sku": ("SKU", "Product/Service", "Product/Service Full Name"),
            "description": ("Memo/Description",),
            "quantity": ("Quantity", "Qty"),
            "price": ("Sales Price", "Rate"),
        },
    },
    other=("Amount", "Balance", "Name", "Customer"),
)  # fmt: skip

NETSUITE = System(
    "NetSuite",
    telling=(
        "Internal ID", "Document Number", "Amount Remaining", "Amount (Foreign Currency)",
        "Amount (Gross)", "Amount (Net)", "Amount (Tax)", "PO/Check Number", "Date Due",
        "Created From", "Item Rate", "Transaction Number", "Date Closed", "Subsidiary",
        "Transaction Total", "Amount (Transaction Total)", "Due Date/Receive By",
        "Amount Remaining (Foreign Currency)", "Period", "Main Line",
    ),
    meanings={
        "invoices": {
            "number": ("Document Number",),
            "external_id": ("Internal ID",),
            "external_customer": ("Customer ID", "Entity ID"),
            "currency": ("Currency",),
            "original": ("Amount (Transaction Total)", "Transaction Total", "Amount (Gross)"),
            "open": ("Amount Remaining (Foreign Currency)", "Amount Remaining"),
            "issued": ("Date", "Transaction Date"),
            "due": ("Due Date", "Date Due", "Due Date/Receive By"),
            "status": ("Status",),
            "po": ("PO/Check Number", "PO #"),
            "terms": ("Terms",),
            "type": ("Type",),
        },
        "lines": {
            "number": ("Document Number",),
            "sku": ("Item",),
            "quantity": ("Quantity",),
            "price": ("Item Rate", "Rate"),
            "description": ("Memo",),
        },
    },
    other=(
        "Amount Paid", "Amount (Net)", "Amount (Tax)", "Date Closed", "Transaction Number",
        "Created From", "Name", "Amount Due",
    ),
)  # fmt: skip

STRIPE = System(
    "Stripe",
    telling=(
        "Amount Due", "Amount Paid", "Amount Remaining", "Date (UTC)", "Due Date (UTC)",
        "Created (UTC)", "Finalized At (UTC)", "Minimum Line Item Period Start (UTC)",
        "Maximum Line Item Period End (UTC)", "Customer Email", "Tax Percent",
        "Total Discount Amount", "Applied Coupons", "Subscription", "Ending Balance",
        "Starting Balance", "Attempt Count", "Application Fee",
    ),
    meanings={
        "invoices": {
            "number": ("Number", "Invoice Number"),
            "external_id": ("id", "Invoice ID"),
            "external_customer": ("Customer", "Customer ID"),
            "currency": ("Currency",),
            "original": ("Total",),
            "open": ("Amount Remaining",),
            "issued": ("Finalized At (UTC)", "Date (UTC)", "Created (UTC)"),
            "due": ("Due Date (UTC)",),
            "status": ("Status",),
        },
    },
    other=(
        "Amount Due", "Amount Paid", "Subtotal", "Tax", "Paid", "Closed", "Billing",
        "Ending Balance", "Starting Balance", "Description", "Customer Name",
    ),
)  # fmt: skip

SAP = System(
    "SAP",
    telling=(
        "Billing Document", "Sold-to Party", "Payer", "Net Value", "Net due date",
        "Document Currency", "SD Document Currency", "Amount in doc. curr.",
        "Amount in local currency", "Billing Date", "Billing Type", "Clearing Document",
        "Baseline Payment Date", "Billed Quantity", "VBELN", "FKDAT", "KUNRG", "KUNAG", "NETWR",
        "MWSBK", "WAERK", "MATNR", "FKIMG", "ARKTX",
    ),
    meanings={
        "invoices": {
            "number": ("Billing Document", "VBELN", "Document Number"),
            "external_customer": ("Payer", "KUNRG", "Sold-to Party", "KUNAG", "Customer"),
            "currency": ("Document Currency", "SD Document Currency", "WAERK"),
            "original": ("Gross Value", "Total Gross Amount", "Amount in doc. curr."),
            "issued": ("Billing Date", "FKDAT", "Document Date"),
            "due": ("Net due date",),
            "po": ("Customer Reference", "BSTNK", "BSTKD"),
            "type": ("Billing Type", "FKART", "Document Type"),
        },
        "lines": {
            "number": ("Billing Document", "VBELN"),
            "sku": ("Material", "MATNR"),
            "description": ("Item Description", "Material Description", "ARKTX"),
            "quantity": ("Billed Quantity", "FKIMG"),
            "price": ("Net Price",),
        },
    },
    other=(
        "Net Value", "NETWR", "Tax Amount", "MWSBK", "Amount in local currency", "Posting Date",
        "Clearing Document", "Baseline Payment Date", "Reference", "Assignment", "Sales Document",
    ),
)  # fmt: skip

BUSINESS_ONE = System(
    "SAP Business One",
    telling=(
        "DocNum", "DocEntry", "DocDate", "DocDueDate", "CardCode", "CardName", "DocTotal",
        "DocCur", "DocCurrency", "NumAtCard", "PaidToDate", "ItemCode", "Dscription", "ParentKey",
        "LineTotal", "VatSum", "TaxDate", "LineNum",
    ),
    meanings={
        "invoices": {
            "number": ("DocNum",),
            "external_id": ("DocEntry",),
            "external_customer": ("CardCode",),
            "currency": ("DocCur", "DocCurrency"),
            "original": ("DocTotal",),
            "issued": ("DocDate",),
            "due": ("DocDueDate",),
            "po": ("NumAtCard",),
        },
        "lines": {
            "number": ("DocNum", "ParentKey"),
            "sku": ("ItemCode",),
            "description": ("Dscription", "ItemDescription"),
            "quantity": ("Quantity",),
            "price": ("Price", "UnitPrice"),
        },
    },
    other=(
        "PaidToDate", "TaxDate", "VatSum", "CardName", "LineTotal", "DiscPrcnt", "DocTotalFC",
        "ShipToCode", "PayToCode", "ShipDate", "Comments",
    ),
)  # fmt: skip

SAGE_50 = System(
    "Sage 50",
    telling=(
        "A/C", "Account Ref", "ACCOUNT_REF", "Nominal Code", "N/C", "T/C", "Gross", "Net", "Tax",
        "Tran Number", "Outstanding", "Ex.Ref", "Invoice/CM #", "Displayed Terms", "Date Due",
        "Customer PO", "INVOICE_NUMBER", "INVOICE_DATE", "Stock Code", "Department",
    ),
    meanings={
        "invoices": {
            "number": ("Invoice No", "INVOICE_NUMBER", "Invoice/CM #"),
            "external_customer": ("A/C", "Account Ref", "Customer ID"),
            "currency": ("Currency",),
            "original": ("Gross", "Gross Amount"),
            "open": ("Outstanding",),
            "issued": ("Date", "INVOICE_DATE"),
            "due": ("Due Date", "Date Due"),
            "po": ("Customer PO", "Customer Order No"),
            "terms": ("Displayed Terms",),
            "type": ("Type",),
        },
        "lines": {
            "number": ("Invoice No", "INVOICE_NUMBER", "Invoice/CM #"),
            "sku": ("Stock Code", "Item ID"),
            "description": ("Description",),
            "quantity": ("Quantity",),
            "price": ("Unit Price",),
        },
    },
    other=("Net", "Net Amount", "Tax", "Tax Amount", "Paid", "Order Number", "Amount", "Name"),
)  # fmt: skip

SAGE_INTACCT = System(
    "Sage Intacct",
    telling=(
        "RECORDNO", "CUSTOMERID", "CUSTOMERNAME", "WHENCREATED", "WHENPOSTED", "WHENDUE",
        "WHENPAID", "TOTALENTERED", "TOTALDUE", "TOTALPAID", "TRX_TOTALENTERED", "TRX_TOTALDUE",
        "DOCNUMBER", "RECORDID", "TERMNAME", "BASECURR",
    ),
    meanings={
        "invoices": {
            "number": ("RECORDID",),
            "external_id": ("RECORDNO",),
            "external_customer": ("CUSTOMERID",),
            "currency": ("CURRENCY",),
            "original": ("TRX_TOTALENTERED", "TOTALENTERED"),
            "open": ("TRX_TOTALDUE", "TOTALDUE"),
            "issued": ("WHENCREATED",),
            "due": ("WHENDUE",),
            "po": ("DOCNUMBER",),
            "terms": ("TERMNAME",),
            "type": ("RECORDTYPE",),
        },
    },
    other=("WHENPAID", "WHENPOSTED", "TOTALPAID", "BASECURR", "STATE", "CUSTOMERNAME"),
)  # fmt: skip

SAGE_100 = System(
    "Sage 100",
    telling=(
        "InvoiceNo", "CustomerNo", "ARDivisionNo", "InvoiceDueDate", "CustomerPONo", "HeaderSeqNo",
        "QuantityShipped", "ItemCode", "ItemCodeDesc", "ExtensionAmt", "NonTaxableAmt",
        "TaxableAmt", "SalesTaxAmt", "TermsCode",
    ),
    meanings={
        "invoices": {
            "number": ("InvoiceNo",),
            "external_customer": ("CustomerNo",),
            "open": ("Balance",),
            "issued": ("InvoiceDate",),
            "due": ("InvoiceDueDate",),
            "po": ("CustomerPONo",),
            "terms": ("TermsCode",),
            "type": ("InvoiceType",),
        },
        "lines": {
            "number": ("InvoiceNo",),
            "sku": ("ItemCode",),
            "description": ("ItemCodeDesc",),
            "quantity": ("QuantityShipped",),
            "price": ("UnitPrice",),
        },
    },
    other=(
        "NonTaxableAmt", "TaxableAmt", "SalesTaxAmt", "ExtensionAmt", "UnitCost", "ShipToCode",
        "BillToCode", "DiscountAmt", "SalesOrderNo",
    ),
)  # fmt: skip

SYSTEMS = (
    BUSINESS_CENTRAL, ZOHO_BOOKS, XERO, QUICKBOOKS, QUICKBOOKS_LINES, NETSUITE, STRIPE, SAP,
    BUSINESS_ONE, SAGE_50, SAGE_INTACCT, SAGE_100,
)  # fmt: skip
