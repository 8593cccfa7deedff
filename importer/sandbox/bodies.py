"""The body that POST takes, as strict pydantic models, and what it has in common with PUT's.

Required fields, types and the odd mix of balances as JSON numbers and line amounts as strings are
the vendor's documented ones. Unknown fields are dropped without a word, as a store does.
"""

# The fields are spelled as in the JSON.
# ruff: noqa: N815

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from .seed import EXTRA_FIELD_BY_NAME, ExtraField

# No date after the year 9999, no balance that a decimal(20, 4) column can't hold.
LATEST_SECOND = 253_402_300_800
LARGEST_BALANCE = 10**15
# The default of a field that may be left out but may not be null; never dumped unless it was sent.
LEFT_OUT: Any = None


def _decimal_text(value: str) -> str:
    """Let decimal text such as `90.00` pass; anything else is refused."""
    try:
        finite = Decimal(value).is_finite()
    except InvalidOperation:
        finite = False
    if not finite or "_" in value:
        raise PydanticCustomError("decimal_text", "must be a number written as a string")
    return value


def check_described(kind: str | None, description: str | None) -> None:
    """Refuse a custom product that nobody can read the name of."""
    if (kind or "").lower() == "custom" and not description:
        raise _at("description", "is required for a custom product")


def _at(field: str, complaint: str) -> PydanticCustomError:
    """Complain about one field on behalf of a whole model."""
    return PydanticCustomError("at_field", "{complaint}", {"complaint": complaint, "field": field})


CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
DecimalText = Annotated[str, AfterValidator(_decimal_text)]
Second = Annotated[int, Field(ge=0, lt=LATEST_SECOND)]


class Body(BaseModel):
    """What every model here shares: a string is a string and a number is a number."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Balance(Body):
    """An invoice balance: the value is a JSON number."""

    code: CurrencyCode
    value: float = Field(gt=-LARGEST_BALANCE, lt=LARGEST_BALANCE, allow_inf_nan=False)


class Amount(Body):
    """An amount within `details`: the value is decimal text."""

    code: CurrencyCode
    value: DecimalText


class Address(Body):
    """All eight keys have to be there; each may be empty."""

    city: str
    state: str
    country: str
    street1: str
    street2: str
    zipCode: str
    lastName: str
    firstName: str


class CostLine(Body):
    """Subtotal, freight, tax and the like."""

    amount: Amount
    description: str


class Shipment(Body):
    """All five keys have to be there; each may be empty."""

    addressIndex: str
    shipDate: str
    shipVia: str
    trackingNumber: str
    comments: str


class LineItem(Body):
    """One product line. The quantity is decimal text."""

    sku: str = Field(min_length=1)
    quantity: DecimalText
    unitPrice: Amount
    unitDiscount: Amount = LEFT_OUT
    description: str = LEFT_OUT
    type: str = LEFT_OUT
    comments: str = LEFT_OUT
    customFields: dict[str, Any] = LEFT_OUT

    @model_validator(mode="after")
    def _custom_products_are_described(self) -> LineItem:
        check_described(self.type, self.description)
        return self


class Header(Body):
    """`details.header`."""

    costLines: list[CostLine] = LEFT_OUT
    billingAddress: Address = LEFT_OUT
    shippingAddresses: list[Address] = LEFT_OUT


class Goods(Body):
    """`details.details`: what was sold and how it was sent."""

    shipments: list[Shipment] = LEFT_OUT
    lineItems: list[LineItem] = LEFT_OUT


class Details(Body):
    """`details`, with the inner `details` that holds the line items."""

    header: Header = LEFT_OUT
    details: Goods = LEFT_OUT


class ExtraFieldValue(Body):
    """A value for one of the store's own extra fields, both parts strings."""

    fieldName: str
    fieldValue: str

    @model_validator(mode="after")
    def _fits_the_store(self) -> ExtraFieldValue:
        check_extra_field(self.fieldName, self.fieldValue)
        return self


def check_extra_field(name: str, value: str) -> None:
    """Refuse an extra field that the store hasn't, or a value that doesn't fit it."""
    known = EXTRA_FIELD_BY_NAME.get(name)
    if known is None:
        raise _at("fieldName", f"the store has no extra field named {name}")
    complaint = _misfit(known, value)
    if complaint:
        raise _at("fieldValue", complaint)


def _misfit(extra: ExtraField, value: str) -> str:
    """Say why `value` doesn't fit the extra field's type, or empty text when it does."""
    if value == "":
        return ""
    if extra.maximum_length is not None and len(value) > extra.maximum_length:
        return f"{extra.name} takes at most {extra.maximum_length} characters"
    if extra.choices and value not in extra.choices:
        return f"{extra.name} must be one of {', '.join(extra.choices)}"
    if extra.maximum_value is not None:
        try:
            number = Decimal(value)
        except InvalidOperation:
            return f"{extra.name} must be a number"
        if not number.is_finite() or number > extra.maximum_value:
            return f"{extra.name} must be a number of at most {extra.maximum_value}"
    return ""


class Create(Body):
    """The body of POST."""

    invoiceNumber: str = Field(min_length=1)
    originalBalance: Balance
    openBalance: Balance
    customerId: str = Field(min_length=1)
    type: str = LEFT_OUT
    dueDate: Second = LEFT_OUT
    issuedAt: Annotated[float, Field(ge=0, lt=LATEST_SECOND)] = LEFT_OUT
    status: Annotated[int, Field(ge=0, le=2)] = LEFT_OUT
    orderNumber: str = LEFT_OUT
    purchaseOrderNumber: str = LEFT_OUT
    externalId: str = LEFT_OUT
    externalCustomerId: str = LEFT_OUT
    source: Annotated[int, Field(ge=0, le=1)] = LEFT_OUT
    channelId: int = LEFT_OUT
    externalPdfUrl: str = LEFT_OUT
    termsConditions: str = LEFT_OUT
    details: Details = LEFT_OUT
    extraFields: list[ExtraFieldValue] = LEFT_OUT


_WORDS = {
    "missing": "is required",
    "string_type": "must be a string",
    "float_type": "must be a number",
    "int_type": "must be an integer",
    "int_from_float": "must be an integer",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be a list",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "extra_forbidden": "is no field that an invoice can be updated with",
    "string_pattern_mismatch": "must be a three-letter currency code",
}


def is_broken_json(error: ValidationError) -> bool:
    """Tell whether the body could not be read at all."""
    return any(item["type"] == "json_invalid" for item in error.errors(include_url=False))


def complaints(error: ValidationError) -> str:
    """Write every complaint as `path.to.0.field: what is wrong`, joined by `; `."""
    return "; ".join(_complaint(item) for item in error.errors(include_url=False))


def _complaint(item: ErrorDetails) -> str:
    field = item.get("ctx", {}).get("field")
    parts = [*item["loc"], field] if item["type"] == "at_field" else item["loc"]
    path = ".".join(str(part) for part in parts) or "body"
    return f"{path}: {_WORDS.get(item['type'], item['msg'])}"
