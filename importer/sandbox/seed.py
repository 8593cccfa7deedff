"""What the store holds before anybody posts: companies, extra fields and a few orders."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Address:
    """Where a company sits, for stores that fill addresses in by themselves."""

    street: str
    city: str
    state: str
    zip_code: str
    country: str


@dataclass(frozen=True, slots=True)
class Company:
    """A buyer company. `id` is the B2B Company ID that invoices name as `customerId`.

    `group_id` and `customers` are IDs of BigCommerce's own: a customer group and the people who buy
    for the company. Times are in Unix seconds.
    """

    id: str
    name: str
    buyer_email: str
    phone: str
    group: str
    group_id: int
    erp_number: str
    customers: tuple[int, ...]
    address: Address
    created_at: int
    updated_at: int
    status: int = 1  # 0 pending, 1 approved, 2 rejected, 3 inactive
    tax_code: str = ""

    @property
    def extra_fields(self) -> dict[str, str]:
        """The values of the store's extra fields for companies, by name."""
        return {"ERP Number": self.erp_number, "Tax Code": self.tax_code}


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
    """A B2B order that can be turned into an invoice.

    `id` is B2B Edition's own and leads to the order in its API; `number` is BigCommerce's, the one
    that people know and that invoices bear as `orderNumber`. `placed_at` is in Unix seconds.
    """

    id: str
    number: str
    placed_at: int
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
        group_id=11,
        erp_number="D-20017",
        customers=(201, 202),
        address=Address("Hafenstraße 12", "Hamburg", "HH", "20457", "DE"),
        created_at=1_704_067_200,
        updated_at=1_706_659_200,
        tax_code="DE811234567",
    ),
    Company(
        id="1002",
        name="Harbor & Vale Hospitality Group",
        buyer_email="accounts.payable@harborvale.example",
        phone="+1 415 555 0102",
        group="Hospitality",
        group_id=12,
        erp_number="C-10442",
        customers=(203,),
        address=Address("88 Market Street", "San Francisco", "CA", "94102", "US"),
        created_at=1_704_153_600,
        updated_at=1_706_749_200,
    ),
    Company(
        id="1003",
        name="Okafor Medical Distribution Ltd",
        buyer_email="purchasing@okafor-medical.example",
        phone="+44 20 7946 0103",
        group="Healthcare",
        group_id=13,
        erp_number="C-10518",
        customers=(204,),
        address=Address("4 Kingsway", "London", "", "WC2B 6AA", "GB"),
        created_at=1_704_240_000,
        updated_at=1_706_839_200,
        tax_code="GB123456789",
    ),
    Company(
        id="1004",
        name="Lumière Éclairage SARL",
        buyer_email="achats@lumiere-eclairage.example",
        phone="+33 1 55 50 01 04",
        group="Wholesale EU",
        group_id=14,
        erp_number="F-30009",
        customers=(205,),
        address=Address("9 rue de la Lumière", "Lyon", "", "69002", "FR"),
        created_at=1_704_326_400,
        updated_at=1_706_929_200,
        tax_code="FR40303265045",
    ),
    Company(
        id="1005",
        name="Takeda Precision Parts K.K.",
        buyer_email="kobai@takeda-precision.example",
        phone="+81 3 5550 0105",
        group="OEM",
        group_id=15,
        erp_number="J-40001",
        customers=(206, 207),
        address=Address("2-1 Marunouchi", "Tokyo", "", "100-0005", "JP"),
        created_at=1_704_412_800,
        updated_at=1_707_019_200,
    ),
    Company(
        id="1006",
        name="Prairie States Building Materials, Inc.",
        buyer_email="ap@prairiestates.example",
        phone="+1 402 555 0106",
        group="Construction",
        group_id=16,
        erp_number="C-10733",
        customers=(208,),
        address=Address("701 Farnam Street", "Omaha", "NE", "68102", "US"),
        created_at=1_704_499_200,
        updated_at=1_707_109_200,
    ),
    Company(
        id="1007",
        name="Gulf Coast Marine Outfitters LLC",
        buyer_email="billing@gulfcoastmarine.example",
        phone="+1 251 555 0107",
        group="Wholesale US",
        group_id=17,
        erp_number="C-10801",
        customers=(209,),
        address=Address("15 Water Street", "Mobile", "AL", "36602", "US"),
        created_at=1_704_585_600,
        updated_at=1_707_199_200,
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
        number="1041",
        placed_at=1_760_000_000,
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
        number="1042",
        placed_at=1_761_000_000,
        company_id="1002",
        currency="USD",
        total="2250.0000",
        po_number="HV-2210",
        lines=(OrderLine("TWL-BATH-WH", "Bath towel, white", 150, "15.00"),),
    ),
    Order(
        id="5003",
        number="1043",
        placed_at=1_762_000_000,
        company_id="1006",
        currency="USD",
        total="960.5000",
        po_number="",
        lines=(OrderLine("LUM-2X4-8", "Lumber 2x4, 8 ft", 226, "4.25"),),
    ),
)

CHANNELS = {1: "Main storefront", 2: "Trade counter", 3: "Export storefront"}
"""BigCommerce's channels by ID."""

COMPANY_BY_ID = {company.id: company for company in COMPANIES}
EXTRA_FIELD_BY_NAME = {extra.name: extra for extra in EXTRA_FIELDS}
ORDER_BY_ID = {order.id: order for order in ORDERS}
