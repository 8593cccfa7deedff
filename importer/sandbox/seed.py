"""What the store holds before anybody posts: companies, extra fields and a few orders."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Company:
    """A buyer company. `id` is the B2B Company ID that invoices name as `customerId`."""

    id: str
    name: str
    buyer_email: str
    phone: str
    group: str
    erp_number: str
    status: int = 1  # 0 pending, 1 approved, 2 rejected, 3 inactive


@dataclass(frozen=True, slots=True)
class ExtraField:
    """One extra field of invoices. `kind`: 0 text, 1 textarea, 2 number, 3 dropdown."""

    id: int
    name: str
    kind: int
    maximum_length: int | None = None
    number_of_rows: int | None = None
    maximum_value: int | None = None
    choices: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order; the price is decimal text in the order's currency."""

    sku: str
    description: str
    quantity: int
    unit_price: str


@dataclass(frozen=True, slots=True)
class Order:
    """A B2B order that can be turned into an invoice."""

    id: str
    company_id: str
    currency: str
    total: str
    po_number: str
    lines: tuple[OrderLine, ...] = field(default=())


COMPANIES: tuple[Company, ...] = (
    Company(
        id="1001",
        name="Northwind Industrial Supply GmbH",
        buyer_email="einkauf@northwind-industrial.example",
        phone="+49 40 5550 1001",
        group="Wholesale DACH",
        erp_number="D-20017",
    ),
    Company(
        id="1002",
        name="Harbor & Vale Hospitality Group",
        buyer_email="accounts.payable@harborvale.example",
        phone="+1 415 555 0102",
        group="Hospitality",
        erp_number="C-10442",
    ),
    Company(
        id="1003",
        name="Okafor Medical Distribution Ltd",
        buyer_email="purchasing@okafor-medical.example",
        phone="+44 20 7946 0103",
        group="Healthcare",
        erp_number="C-10518",
    ),
    Company(
        id="1004",
        name="Lumière Éclairage SARL",
        buyer_email="achats@lumiere-eclairage.example",
        phone="+33 1 55 50 01 04",
        group="Wholesale EU",
        erp_number="F-30009",
    ),
    Company(
        id="1005",
        name="Takeda Precision Parts K.K.",
        buyer_email="kobai@takeda-precision.example",
        phone="+81 3 5550 0105",
        group="OEM",
        erp_number="J-40001",
    ),
    Company(
        id="1006",
        name="Prairie States Building Materials, Inc.",
        buyer_email="ap@prairiestates.example",
        phone="+1 402 555 0106",
        group="Construction",
        erp_number="C-10733",
    ),
    Company(
        id="1007",
        name="Gulf Coast Marine Outfitters LLC",
        buyer_email="billing@gulfcoastmarine.example",
        phone="+1 251 555 0107",
        group="Wholesale US",
        erp_number="C-10801",
        status=3,
    ),
)

EXTRA_FIELDS: tuple[ExtraField, ...] = (
    ExtraField(id=1, name="Cost Center", kind=0, maximum_length=50),
    ExtraField(id=2, name="Delivery Notes", kind=1, number_of_rows=5),
    ExtraField(id=3, name="Contract Number", kind=2, maximum_value=999999),
    ExtraField(
        id=4,
        name="Payment Method",
        kind=3,
        choices=("Bank transfer", "Direct debit", "Credit card", "Check"),
    ),
)

ORDERS: tuple[Order, ...] = (
    Order(
        id="5001",
        company_id="1001",
        currency="EUR",
        total="1184.0000",
        po_number="NW-88120",
        lines=(
            OrderLine("HEX-M8-100", "Hex bolt M8, box of 100", 40, "18.60"),
            OrderLine("WSH-M8-250", "Washer M8, bag of 250", 20, "22.00"),
        ),
    ),
    Order(
        id="5002",
        company_id="1002",
        currency="USD",
        total="2250.0000",
        po_number="HV-2210",
        lines=(OrderLine("TWL-BATH-WH", "Bath towel, white", 150, "15.00"),),
    ),
    Order(
        id="5003",
        company_id="1006",
        currency="USD",
        total="960.5000",
        po_number="",
        lines=(OrderLine("LUM-2X4-8", "Lumber 2x4, 8 ft", 226, "4.25"),),
    ),
)

COMPANY_BY_ID = {company.id: company for company in COMPANIES}
EXTRA_FIELD_BY_NAME = {extra.name: extra for extra in EXTRA_FIELDS}
ORDER_BY_ID = {order.id: order for order in ORDERS}
