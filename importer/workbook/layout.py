"""THE table of sheets and columns. A new field is one new row here.

Reader, template, report, mapping and the README's column reference all derive from it. The JSON
paths and which fields are required follow the vendor's documentation of the B2B Edition API
(REST Management V3, "Create Invoice").
"""

from __future__ import annotations

from importer.workbook.fields import Column, Kind, SheetLayout, normal

LAYOUT_VERSION = "1"
"""Stamped into every template and report; raised when a workbook made before no longer fits."""

_NUMBER = Column(
    "number",
    "Invoice Number",
    Kind.IDENTIFIER,
    "invoiceNumber",
    required=True,
    aliases=("Invoice No", "Invoice", "Invoice #", "Invoice ID", "Inv No", "Invoice Num"),
    help="The number printed on the invoice. It must be unique in the store; the other sheets "
    "refer to it.",
    example="INV-1001",
    width=18,
)


def _join(help_text: str, *, required: bool = True) -> Column:
    return Column(
        _NUMBER.key,
        _NUMBER.header,
        Kind.IDENTIFIER,
        "",
        required=required,
        aliases=_NUMBER.aliases,
        help=help_text,
        example=_NUMBER.example,
        width=_NUMBER.width,
    )


INVOICES = SheetLayout(
    key="invoices",
    title="Invoices",
    aliases=("Invoice", "Invoice Header", "Invoice Headers", "Headers"),
    free="Extra",
    help="One row for each invoice.",
    columns=(
        _NUMBER,
        Column(
            "company",
            "Company ID",
            Kind.IDENTIFIER,
            "customerId",
            required=True,
            aliases=("B2B Company ID", "B2B Company", "Company Number"),
            help="The B2B Company ID of the buyer. The control panel doesn't show it; "
            "your integrator can read it from the companies API.",
            example="1001",
            width=13,
        ),
        Column(
            "currency",
            "Currency",
            Kind.CURRENCY,
            "originalBalance/code",
            required=True,
            aliases=("Currency Code", "Cur"),
            help="The three-letter ISO code of the invoice's currency, such as USD or EUR.",
            example="USD",
            width=11,
        ),
        Column(
            "original",
            "Original Balance",
            Kind.AMOUNT,
            "originalBalance/value",
            required=True,
            aliases=("Invoice Total", "Total", "Total Amount", "Amount", "Invoice Amount"),
            help="The invoice's total when it was issued.",
            example="1250.00",
            width=17,
        ),
        Column(
            "open",
            "Open Balance",
            Kind.AMOUNT,
            "openBalance/value",
            aliases=("Balance Due", "Amount Due", "Open Amount", "Outstanding", "Balance"),
            help="What is still to be paid. If empty: the original balance.",
            example="1250.00",
            width=15,
        ),
        Column(
            "issued",
            "Issue Date",
            Kind.DATE,
            "issuedAt",
            aliases=("Invoice Date", "Date", "Issued", "Issued At", "Document Date"),
            help="The day the invoice was issued. If empty: the time of the import.",
            timed=True,
            example="2026-03-01",
            width=13,
        ),
        Column(
            "due",
            "Due Date",
            Kind.DATE,
            "dueDate",
            aliases=("Due", "Payment Due", "Payment Due Date"),
            help="The day by which it must be paid. If empty: the store's own payment terms.",
            example="2026-03-31",
            width=13,
        ),
        Column(
            "status",
            "Status",
            Kind.CHOICE,
            "status",
            aliases=("Invoice Status", "Payment Status"),
            choices={"Open": 0, "Partially paid": 1, "Completed": 2},
            help="If empty: Open. The store sets it to Completed when nothing is left to be paid.",
            example="Open",
            width=15,
        ),
        Column(
            "type",
            "Type",
            Kind.TEXT,
            "type",
            aliases=("Invoice Type", "Document Type"),
            help="The kind of document, as the buyer sees it. If empty: Invoice.",
            example="Invoice",
            width=12,
        ),
        Column(
            "order",
            "Order Number",
            Kind.IDENTIFIER,
            "orderNumber",
            aliases=("Order ID", "BigCommerce Order ID", "BigCommerce Order"),
            help="The BigCommerce order ID, not your ERP's order number. A store allows one "
            "invoice per order.",
            example="5001",
            width=15,
        ),
        Column(
            "po",
            "PO Number",
            Kind.IDENTIFIER,
            "purchaseOrderNumber",
            aliases=("PO No", "PO", "PO #", "Purchase Order", "Purchase Order Number"),
            help="The buyer's purchase order number.",
            example="PO-77",
            width=14,
        ),
        Column(
            "source",
            "Source",
            Kind.CHOICE,
            "source",
            choices={"B2B Edition": 0, "External": 1},
            help="Where the invoice was made. If empty: B2B Edition.",
            example="External",
            width=13,
        ),
        Column(
            "external_id",
            "External ID",
            Kind.IDENTIFIER,
            "externalId",
            aliases=("ERP Invoice ID", "ERP ID", "Document ID"),
            help="The invoice's ID in your ERP.",
            example="900001",
            width=15,
        ),
        Column(
            "external_customer",
            "External Customer ID",
            Kind.IDENTIFIER,
            "externalCustomerId",
            aliases=("ERP Customer ID", "Customer No", "Customer Number", "Account Number"),
            help="The buyer's ID in your ERP.",
            example="C-204",
            width=22,
        ),
        Column(
            "channel",
            "Channel ID",
            Kind.INTEGER,
            "channelId",
            aliases=("Channel",),
            help="The ID of the BigCommerce channel (storefront) that the invoice belongs to.",
            example="1",
            width=12,
        ),
        Column(
            "pdf",
            "External PDF URL",
            Kind.URL,
            "externalPdfUrl",
            aliases=("PDF URL", "PDF", "PDF Link"),
            help="Where the buyer downloads your own PDF: http or https, at most 5 MB, and the "
            "host must allow the store's pages to load it (CORS).",
            example="https://files.example.com/INV-1001.pdf",
            width=30,
        ),
        Column(
            "terms",
            "Terms and Conditions",
            Kind.TEXT,
            "termsConditions",
            aliases=("Terms", "Terms & Conditions"),
            help="Printed on the store's own PDF of the invoice.",
            example="Net 30",
            width=30,
        ),
        *(
            Column(
                f"{kind.lower()}_code",
                f"{kind} Address Code",
                Kind.IDENTIFIER,
                help="The Address Code of the row on the Addresses sheet that is this invoice's "
                f"{kind.lower()} address. Many invoices may share one row.",
                aliases=aliases,
                example="HQ",
                width=21,
            )
            for kind, aliases in (
                ("Billing", ("Bill To Code",)),
                ("Shipping", ("Ship To Code",)),
            )
        ),
    ),
)

LINES = SheetLayout(
    key="lines",
    title="Line Items",
    path="details/details/lineItems",
    aliases=("Lines", "Items", "Invoice Lines", "Line Item", "Positions"),
    free="Custom",
    help="One row for each line of an invoice; rows may be in any order.",
    columns=(
        _join("The invoice that the line belongs to."),
        Column(
            "sku",
            "SKU",
            Kind.IDENTIFIER,
            "sku",
            required=True,
            aliases=("Item", "Item Number", "Item No", "Product Code", "Article", "Part Number"),
            help="The product's SKU.",
            example="AB-100",
            width=16,
        ),
        Column(
            "quantity",
            "Quantity",
            Kind.QUANTITY,
            "quantity",
            required=True,
            aliases=("Qty", "Quantity Invoiced"),
            help="How many units.",
            example="5",
            width=11,
        ),
        Column(
            "price",
            "Unit Price",
            Kind.AMOUNT,
            "unitPrice/value",
            required=True,
            aliases=("Price", "Net Price"),
            help="The price of one unit, in the invoice's currency.",
            example="250.00",
            width=13,
        ),
        Column(
            "discount",
            "Unit Discount",
            Kind.AMOUNT,
            "unitDiscount/value",
            help="The discount on one unit, in the invoice's currency.",
            example="0.00",
            width=14,
        ),
        Column(
            "description",
            "Description",
            Kind.TEXT,
            "description",
            aliases=("Item Description", "Product Name", "Product"),
            help="What the buyer sees on the line. Needed for a product that isn't in the store.",
            example="Shelf bracket, steel",
            width=34,
        ),
        Column(
            "type",
            "Type",
            Kind.TEXT,
            "type",
            aliases=("Line Type", "Item Type"),
            help="The kind of line.",
            example="product",
            width=12,
        ),
        Column(
            "comments",
            "Comments",
            Kind.TEXT,
            "comments",
            aliases=("Comment", "Note", "Notes", "Line Comment"),
            help="A remark on the line.",
            example="",
            width=24,
        ),
    ),
)

BILLING, SHIPPING = "billing", "shipping"

ADDRESSES = SheetLayout(
    key="addresses",
    title="Addresses",
    path="details/header",
    aliases=("Address", "Invoice Addresses"),
    help="One billing address and any number of shipping addresses for each invoice. A row has "
    "an invoice number, or an address code that rows on the Invoices sheet refer to.",
    either=("number", "code"),
    columns=(
        _join(
            "The invoice that the address belongs to. If empty: the row needs an address code.",
            required=False,
        ),
        Column(
            "kind",
            "Address Type",
            Kind.CHOICE,
            "",
            aliases=("Address Kind",),
            choices={"Billing": BILLING, "Shipping": SHIPPING},
            help="Billing or Shipping. Needed in a row that has an invoice number.",
            example="Billing",
            width=14,
        ),
        *(
            Column(
                key,
                header,
                kind,
                path,
                aliases=aliases,
                default="",
                help=help_text,
                example=example,
                width=width,
            )
            for key, header, kind, path, aliases, help_text, example, width in (
                ("first", "First Name", Kind.TEXT, "firstName", (), "", "Dana", 14),
                ("last", "Last Name", Kind.TEXT, "lastName", ("Surname",), "", "Reyes", 16),
                (
                    "street1",
                    "Street 1",
                    Kind.TEXT,
                    "street1",
                    ("Street", "Address 1", "Address Line 1", "Street Address"),
                    "",
                    "12 Harbor Road",
                    28,
                ),
                (
                    "street2",
                    "Street 2",
                    Kind.TEXT,
                    "street2",
                    ("Address 2", "Address Line 2", "Suite"),
                    "",
                    "Unit 4",
                    18,
                ),
                ("city", "City", Kind.TEXT, "city", ("Town",), "", "Portland", 16),
                ("state", "State", Kind.TEXT, "state", ("Province", "Region"), "", "OR", 12),
                (
                    "zip",
                    "Zip Code",
                    Kind.IDENTIFIER,
                    "zipCode",
                    ("Zip", "Postal Code", "Postcode", "Post Code"),
                    "Kept exactly as typed, leading zeros included.",
                    "04101",
                    12,
                ),
                (
                    "country",
                    "Country",
                    Kind.TEXT,
                    "country",
                    ("Country Code",),
                    "",
                    "United States",
                    18,
                ),
            )
        ),
        Column(
            "code",
            "Address Code",
            Kind.IDENTIFIER,
            aliases=("Address ID", "Addr Code"),
            help="A name for the address, so that any number of invoices can share it: see "
            "Billing Address Code and Shipping Address Code on the Invoices sheet.",
            example="",
            width=14,
        ),
    ),
)

COSTS = SheetLayout(
    key="costs",
    title="Cost Lines",
    path="details/header/costLines",
    aliases=("Costs", "Cost Line", "Totals", "Fees", "Charges"),
    help="The amounts shown below the lines: subtotal, shipping, tax and so on.",
    columns=(
        _join("The invoice that the cost line belongs to."),
        Column(
            "description",
            "Description",
            Kind.TEXT,
            "description",
            required=True,
            aliases=("Cost", "Label", "Name"),
            help="What the amount is for: Subtotal, Shipping, Tax, ...",
            example="Subtotal",
            width=24,
        ),
        Column(
            "amount",
            "Amount",
            Kind.AMOUNT,
            "amount/value",
            required=True,
            aliases=("Value", "Cost Amount"),
            help="The amount, in the invoice's currency.",
            example="1250.00",
            width=14,
        ),
    ),
)

SHIPMENTS = SheetLayout(
    key="shipments",
    title="Shipments",
    path="details/details/shipments",
    aliases=("Shipment", "Deliveries"),
    help="One row for each shipment.",
    columns=(
        _join("The invoice that the shipment belongs to."),
        Column(
            "address_index",
            "Address Index",
            Kind.IDENTIFIER,
            "addressIndex",
            default="",
            aliases=("Address No",),
            help="Which of the invoice's shipping addresses: 0 for the first, 1 for the second.",
            example="0",
            width=14,
        ),
        Column(
            "ship_date",
            "Ship Date",
            Kind.DAY,
            "shipDate",
            default="",
            aliases=("Shipped", "Shipped On", "Shipping Date"),
            help="The day it was shipped.",
            example="2026-03-02",
            width=13,
        ),
        Column(
            "ship_via",
            "Ship Via",
            Kind.TEXT,
            "shipVia",
            default="",
            aliases=("Carrier", "Shipping Method"),
            help="The carrier or service.",
            example="UPS Ground",
            width=16,
        ),
        Column(
            "tracking",
            "Tracking Number",
            Kind.IDENTIFIER,
            "trackingNumber",
            default="",
            aliases=("Tracking", "Tracking No", "Tracking #"),
            help="The carrier's tracking number.",
            example="1Z999AA10123456784",
            width=24,
        ),
        Column(
            "comments",
            "Comments",
            Kind.TEXT,
            "comments",
            default="",
            aliases=("Comment", "Note", "Notes"),
            help="A remark on the shipment.",
            example="",
            width=24,
        ),
    ),
)

SHEETS: tuple[SheetLayout, ...] = (INVOICES, LINES, ADDRESSES, COSTS, SHIPMENTS)

BY_SHEET: dict[str, SheetLayout] = {sheet.key: sheet for sheet in SHEETS}

SUMMARY_SHEET, ERRORS_SHEET, RESULTS_SHEET = "Summary", "Errors", "Results"
CONTROL_SHEET, HOWTO_SHEET = "Control Totals", "How to"
STATUS_HEADER, ERROR_HEADER, ORIGINAL_ROW_HEADER = "Import Status", "Import Error", "Original Row"

OWN_SHEETS = frozenset(
    normal(title)
    for title in (SUMMARY_SHEET, ERRORS_SHEET, RESULTS_SHEET, CONTROL_SHEET, HOWTO_SHEET)
)
"""Sheets that we write into templates and reports; never read as data."""

OWN_HEADERS = frozenset(
    normal(header) for header in (STATUS_HEADER, ERROR_HEADER, ORIGINAL_ROW_HEADER)
)
"""Columns that a report adds to the user's own; never read as data when it is uploaded again."""

_SHEET_NAMES: dict[str, SheetLayout] = {
    normal(name): sheet for sheet in SHEETS for name in (sheet.title, *sheet.aliases)
}


def match_sheet(title: str) -> SheetLayout | None:
    """Give the sheet that a title names, by name or alias, in any case and spacing."""
    return _SHEET_NAMES.get(normal(title))
