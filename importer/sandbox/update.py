"""The body that PUT takes, which is not POST's: other fields, and stricter ones.

As documented: texts that may not be empty, lists that may neither be empty nor hold the same twice,
balances as text, `createdAt` and not `issuedAt`, custom fields of the billing address as text. What
isn't documented is refused by name, so that a client which sends it is caught.
"""

# The fields are spelled as in the JSON.
# ruff: noqa: N815

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from .bodies import (
    LATEST_SECOND,
    LEFT_OUT,
    CurrencyCode,
    DecimalText,
    check_described,
    check_extra_field,
)

_Item = TypeVar("_Item", bound=BaseModel)


def _without_equals(items: list[_Item]) -> list[_Item]:
    if any(item in items[:index] for index, item in enumerate(items)):
        raise PydanticCustomError("equal_items", "must not hold the same item twice")
    return items


Text = Annotated[str, Field(min_length=1)]
Unique = Annotated[list[_Item], Field(min_length=1), AfterValidator(_without_equals)]
Second = Annotated[int, Field(ge=0, lt=LATEST_SECOND)]


class Part(BaseModel):
    """What every model here shares: strict types, and nothing that isn't documented."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Amount(Part):
    """A balance, a price, a discount or a cost: the value is decimal text."""

    code: CurrencyCode
    value: DecimalText


class ShippingAddress(Part):
    """All eight keys, none of them empty."""

    city: Text
    state: Text
    country: Text
    street1: Text
    street2: Text
    zipCode: Text
    lastName: Text
    firstName: Text


class BillingAddress(ShippingAddress):
    """The eight, and the custom fields that GET shows as an object."""

    customFields: str


class CostLine(Part):
    """Subtotal, freight, tax and the like."""

    amount: Amount
    description: Text


class Shipment(Part):
    """All five keys, none of them empty."""

    addressIndex: Text
    shipDate: Text
    shipVia: Text
    trackingNumber: Text
    comments: Text


class LineItem(Part):
    """One product line."""

    sku: Text
    quantity: DecimalText
    unitPrice: Amount
    unitDiscount: Amount = LEFT_OUT
    description: Text = LEFT_OUT
    type: Text = LEFT_OUT
    comments: Text = LEFT_OUT
    customFields: dict[str, Any] = LEFT_OUT

    @model_validator(mode="after")
    def _custom_products_are_described(self) -> LineItem:
        check_described(self.type, self.description)
        return self


class Header(Part):
    """`details.header`."""

    costLines: Unique[CostLine] = LEFT_OUT
    billingAddress: BillingAddress = LEFT_OUT
    shippingAddresses: Unique[ShippingAddress] = LEFT_OUT


class Goods(Part):
    """`details.details`."""

    shipments: Unique[Shipment] = LEFT_OUT
    lineItems: Unique[LineItem] = LEFT_OUT


class Details(Part):
    """`details`, which replaces what was there as a whole."""

    header: Header = LEFT_OUT
    details: Goods = LEFT_OUT


class ExtraFieldValue(Part):
    """A value for one of the store's own extra fields."""

    fieldName: str
    fieldValue: str

    @model_validator(mode="after")
    def _fits_the_store(self) -> ExtraFieldValue:
        check_extra_field(self.fieldName, self.fieldValue)
        return self


class Update(Part):
    """The body of PUT: whatever is there is changed, the rest stays."""

    customerId: Text = LEFT_OUT
    externalCustomerId: Text = LEFT_OUT
    externalId: Text = LEFT_OUT
    invoiceNumber: Text = LEFT_OUT
    type: Text = LEFT_OUT
    dueDate: Second = LEFT_OUT
    status: Annotated[int, Field(ge=0, le=2)] = LEFT_OUT
    purchaseOrderNumber: Text = LEFT_OUT
    details: Details = LEFT_OUT
    source: Annotated[int, Field(ge=0, le=1)] = LEFT_OUT
    originalBalance: Amount = LEFT_OUT
    openBalance: Amount = LEFT_OUT
    createdAt: Second = LEFT_OUT
    externalPdfUrl: str = LEFT_OUT
    extraFields: list[ExtraFieldValue] = LEFT_OUT
