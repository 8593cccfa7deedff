"""What a store says, wherever it says it, and which of it means that the number is taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.posting.client import Reply
from importer.posting.existing import order_is_invoiced
from importer.posting.outcomes import Kind, of_create, of_read
from importer.posting.saying import words


def refusal(data: Any = None, meta: Any = None, **more: Any) -> dict[str, Any]:
    meta = {"message": "Bad Requests Error"} if meta is None else meta
    return {"code": 400, "data": {} if data is None else data, "meta": meta, **more}


def reply(status: int, body: dict[str, Any] | None, text: str = "") -> Reply:
    return Reply(status, {}, body, text, 0.0, None)


SAYS = "dueDate must be a number"


@pytest.mark.parametrize(
    "body",
    [
        refusal({"errMsg": SAYS}),
        refusal(SAYS),
        refusal([SAYS, SAYS]),
        refusal([{"message": SAYS}]),
        refusal({"dueDate": [SAYS]}),
        refusal(meta={"message": "Bad Requests Error", "error": SAYS}),
        refusal(meta={"message": "Bad Requests Error", "errors": SAYS}),
        refusal(meta={"message": "Bad Requests Error", "errors": [SAYS]}),
        refusal(meta={"message": "Bad Requests Error", "errors": {"dueDate": SAYS}}),
        refusal(meta={"message": SAYS}),
        refusal(meta={}, message=SAYS),
        {"error": SAYS, "message": "Bad Request", "statusCode": 400},
        {"errors": [{"field": "dueDate", "message": SAYS}]},
        {"errors": {"dueDate": [f"  {SAYS}\n"]}},
        {"status": 422, "title": SAYS, "type": "https://example.com/errors"},
        {"title": "Unprocessable Entity", "detail": SAYS},
        {"details": [{"reason": SAYS}]},
        {"error": {"code": "E17", "message": SAYS}},
        {"message": "Validation failed", "errors": [{"msg": SAYS}]},
    ],
)
def test_complaint_is_read_wherever_it_stands(body: dict[str, Any]) -> None:
    assert words(body) == SAYS


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (refusal({"customerId": ["unknown"]}), "customerId: unknown"),
        (
            refusal({"lineItems": [{}, {"sku": ["not found"], "quantity": ["too many"]}]}),
            "lineItems[1].sku: not found; lineItems[1].quantity: too many",
        ),
        (refusal({"lineItems": {"2": {"sku": "not found"}}}), "lineItems[2].sku: not found"),
        (
            {"detail": [{"loc": ["body", "details", 0, "sku"], "msg": "field required"}]},
            "details.0.sku: field required",
        ),
        (
            {"errors": [{"source": {"pointer": "/data/attributes/dueDate"}, "detail": "no date"}]},
            "dueDate: no date",
        ),
        (
            refusal({"errMsg": "No such company"}, {"message": "Error", "errors": ["No terms"]}),
            "No such company; No terms",
        ),
        (refusal(), "Bad Requests Error"),
        (refusal(meta={}), ""),
        ({"errors": {"non_field_errors": ["No."]}}, "No."),
    ],
)
def test_fields_that_are_keys_are_named(body: dict[str, Any], said: str) -> None:
    assert words(body) == said


def test_long_refusal_ends_between_two_words_and_says_so() -> None:
    said = words(refusal({"errMsg": "The description is too long. " * 100}))
    assert len(said) <= 1001
    assert said.endswith("too long. The…")
    assert words(refusal({"errMsg": "x" * 5000})) == "x" * 1000 + "…"


def test_refusal_nested_without_end_is_read_as_far_as_makes_sense() -> None:
    nested: Any = "deep"
    for _ in range(500):
        nested = {"errors": [nested]}
    assert words({"data": nested, "message": "Shallow"}) == "Shallow"


EXISTS = [
    "The invoice number already exists.",
    "Invoice number has already been taken",
    "invoiceNumber must be unique",
    "invoice_number: This field must be unique.",
    "Duplicate entry 'INV-1' for key 'invoice_number'",
    "Duplicate entry 'INV-1' for key 'ip_invoice.UK_82'",
    "Invoice # INV-1 is already in use",
    "invoice no. INV-1 is not unique",
    "An invoice with this number already exists",
    "Invoice INV-1 already exists.",
    "Invoice already exists",
    "This value has already been taken",
    'duplicate key value violates unique constraint "invoice_number_key"',
    "E-17; The invoice number is a duplicate",
    "Conflict: invoiceNumber",
]
OTHERWISE = [
    "An invoice already exists for this order",
    "The order has already been invoiced.",
    "Order 104 already has an invoice",
    "externalId must be unique",
    "externalId: This field must be unique.",
    "Duplicate entry '77' for key 'external_id'",
    "Cost Center must be unique",
    "Cost Center: has already been taken",
    "The company already exists under another name",
    "The invoice number does not exist",
    "The invoice number is too long",
    "The invoice no longer exists",
    "Conflict",
]


@pytest.mark.parametrize("said", EXISTS)
def test_number_that_exists_is_recognised_in_many_wordings(said: str) -> None:
    assert of_create(reply(400, refusal({"errMsg": said}))).kind is Kind.EXISTS


@pytest.mark.parametrize("said", OTHERWISE)
def test_what_exists_besides_is_a_refusal(said: str) -> None:
    assert of_create(reply(400, refusal({"errMsg": said}))).kind is Kind.REJECTED


def test_conflict_that_names_the_number_means_that_it_exists() -> None:
    body = {"message": "Invoice number INV-1", "error": "Conflict"}
    assert of_create(reply(409, body)).kind is Kind.EXISTS
    assert of_create(reply(400, body)).kind is Kind.REJECTED


@pytest.mark.parametrize(
    ("said", "invoiced"),
    [
        ("An invoice already exists for this order", True),
        ("The order has already been invoiced.", True),
        ("order 104 already has an invoice", True),
        ("orderNumber: must be unique", True),
        ("Only one invoice per order is allowed", True),
        ("Order 104 does not exist", False),
        ("The invoice number already exists", False),
    ],
)
def test_order_that_has_an_invoice_is_told_from_an_unknown_one(said: str, invoiced: bool) -> None:
    assert order_is_invoiced(said) is invoiced


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("already exists"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("code", "data", "meta", "errMsg", "error", "errors", "detail"))
            | st.sampled_from(
                ("message", "title", "field", "loc", "source", "lineItems", "0", "id")
            )
            | st.text(max_size=6),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(st.integers(100, 599), st.dictionaries(st.text(max_size=4), JSON) | JSON)
def test_every_answer_means_something(status: int, body: Any) -> None:
    """And none means a success but one that says so in its status, its code and its data."""
    given = body if isinstance(body, dict) else None
    for outcome in (of_create(reply(status, given)), of_read(reply(status, given))):
        assert len(outcome.said) <= 1001
        if outcome.kind is Kind.DONE:
            assert given is not None
            assert (status // 100, int(given["code"]) // 100) == (2, 2)
            assert given["data"] is not None


def test_page_instead_of_an_answer_is_told_as_a_person_reads_it() -> None:
    page = "<html><head><style>p {x: y}</style></head><body><h1>Too &amp; large</h1></body></html>"
    said = of_create(reply(413, None, page)).said
    assert said == "HTTP 413 with a page instead of an answer: Too & large"
    assert of_create(reply(400, {"code": 400})).said == "HTTP 400 without a reason"


def test_reading_what_is_not_there_proves_an_address_only_in_the_stores_own_shape() -> None:
    bare = {"code": 404, "data": {}, "meta": {"message": "Not Found Error"}}
    assert of_read(reply(404, bare)).kind is Kind.REJECTED
    assert of_read(reply(404, {"message": "no Route matched"})).kind is Kind.ASTRAY
