import pytest

from .bodies import put_at, refused

ADDRESS = {
    "firstName": "Ada",
    "lastName": "Byron",
    "street1": "12 Main Street",
    "street2": "Suite 2",
    "city": "Omaha",
    "state": "NE",
    "zipCode": "00501",
    "country": "US",
}
BODY = {
    "invoiceNumber": "INV-2",
    "customerId": "1002",
    "externalId": "E-1",
    "externalCustomerId": "C-1",
    "type": "Invoice on Shipment",
    "dueDate": 1_800_000_000,
    "createdAt": 1_750_000_000,
    "status": 1,
    "source": 1,
    "purchaseOrderNumber": "PO-2",
    "originalBalance": {"code": "EUR", "value": "10.00"},
    "openBalance": {"code": "EUR", "value": "5"},
    "externalPdfUrl": "",
    "details": {
        "header": {
            "costLines": [{"description": "Total", "amount": {"code": "EUR", "value": "10.00"}}],
            "billingAddress": {**ADDRESS, "customFields": '{"gate": "4"}'},
            "shippingAddresses": [dict(ADDRESS)],
        },
        "details": {
            "shipments": [
                {
                    "addressIndex": "0",
                    "shipDate": "2026-01-01",
                    "shipVia": "UPS",
                    "trackingNumber": "1Z",
                    "comments": "-",
                }
            ],
            "lineItems": [
                {
                    "sku": "C",
                    "quantity": "1",
                    "unitPrice": {"code": "EUR", "value": "10.00"},
                    "customFields": {"lot": "7"},
                }
            ],
        },
    },
    "extraFields": [{"fieldName": "Cost Center", "fieldValue": "CC-1"}],
}


@pytest.fixture
def place(client, invoice):
    """The path of an invoice."""
    made = client.create(invoice("INV-1", purchaseOrderNumber="PO-1", termsConditions="Net 30"))
    return f"/ip/invoices/{made.json()['data']['id']}"


def shown(client, place):
    return client.get(place).json()["data"]


def test_everything_that_put_documents_is_changed(client, place, store):
    answer = client.put(place, json=BODY).json()
    assert (answer["code"], answer["meta"]["message"]) == (200, "SUCCESS")
    kept = shown(client, place)
    for name in ("invoiceNumber", "customerId", "externalId", "externalCustomerId", "type"):
        assert kept[name] == BODY[name]
    for name in ("dueDate", "status", "source", "purchaseOrderNumber", "extraFields"):
        assert kept[name] == BODY[name]
    assert kept["createdAt"] == "1750000000"
    assert kept["openBalance"] == {"code": "EUR", "value": "5.0000"}
    header = kept["details"]["header"]
    assert header["billingAddress"] == {**ADDRESS, "customFields": {"gate": "4"}}
    assert header["costLines"][0]["amount"]["value"] == "10.0000"
    assert kept["details"]["details"]["lineItems"][0]["customFields"] == {"lot": "7"}
    assert kept["termsConditions"] == "Net 30"
    assert store.invoices()[0]["hidden"]["externalPdfUrl"] == ""


def test_details_are_replaced_as_a_whole_and_the_rest_stays(client, place):
    line = {"sku": "C", "quantity": "1", "unitPrice": {"code": "USD", "value": "1.00"}}
    before = shown(client, place)
    sent = {
        "openBalance": {"code": "USD", "value": "0"},
        "details": {"details": {"lineItems": [line]}},
    }
    assert client.put(place, json=sent).json()["code"] == 200
    kept = shown(client, place)
    assert kept["details"]["details"] == {"lineItems": [{**line, "customFields": {}}]}
    assert (
        not {"costLines", "billingAddress", "shippingAddresses"} & kept["details"]["header"].keys()
    )
    assert (kept["openBalance"]["value"], kept["status"]) == ("0.0000", 2)
    for name in before.keys() - {"details", "openBalance", "status", "updatedAt"}:
        assert kept[name] == before[name]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("orderNumber", "7"),
        ("channelId", 1),
        ("termsConditions", "Net 60"),
        ("issuedAt", 1_700_000_000),
        ("isPendingPayment", 0),
        ("colour", "red"),
        ("details.type", "StandardInvoiceDetails"),
        ("details.header.orderDate", 1_700_000_000),
        ("details.header.customerFields", {}),
        ("details.header.shippingAddresses.0.customFields", {}),
        ("details.details.shipments.0.customFields", {}),
    ],
)
def test_what_put_does_not_document_is_refused_by_name(client, place, field, value):
    before = shown(client, place)
    answer = client.put(place, json=put_at(BODY, field, value))
    assert answer.status_code == 422
    assert f"{field}: is no field that an invoice can be updated with" in refused(answer)[1]
    assert shown(client, place) == before


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("invoiceNumber", "", "must not be empty"),
        ("externalId", "", "must not be empty"),
        ("externalCustomerId", "", "must not be empty"),
        ("purchaseOrderNumber", "", "must not be empty"),
        ("type", "", "must not be empty"),
        ("createdAt", "1750000000", "must be an integer"),
        ("createdAt", 1.5, "must be an integer"),
        ("openBalance.value", 5, "must be a string"),
        ("openBalance.code", None, "is required"),
        ("details.header.billingAddress.street2", "", "must not be empty"),
        ("details.header.billingAddress.customFields", None, "is required"),
        ("details.header.billingAddress.customFields", {}, "must be a string"),
        ("details.header.shippingAddresses.0.state", "", "must not be empty"),
        ("details.header.shippingAddresses", [], "must not be empty"),
        ("details.header.shippingAddresses", [ADDRESS, ADDRESS], "the same item twice"),
        ("details.header.costLines", [], "must not be empty"),
        ("details.header.costLines.0.description", "", "must not be empty"),
        ("details.details.shipments.0.comments", "", "must not be empty"),
        ("details.details.shipments.0.trackingNumber", "", "must not be empty"),
        ("details.details.lineItems", [], "must not be empty"),
        ("details.details.lineItems.0.comments", "", "must not be empty"),
        ("details.details.lineItems.0.description", "", "must not be empty"),
        ("details.details.lineItems.0.quantity", 1, "must be a string"),
    ],
)
def test_put_is_stricter_than_post(client, place, field, value, complaint):
    before = shown(client, place)
    answer = client.put(place, json=put_at(BODY, field, value))
    assert answer.status_code == 422
    assert f"{field}: " in refused(answer)[1]
    assert complaint in refused(answer)[1]
    assert shown(client, place) == before


def test_lines_that_post_took_twice_can_not_be_put_twice(client, invoice):
    line = {"sku": "A", "quantity": "1", "unitPrice": {"code": "USD", "value": "1.00"}}
    details = {"details": {"lineItems": [line, dict(line)]}}
    made = client.create(invoice("A", details=details)).json()["data"]["id"]
    answer = client.put(f"/ip/invoices/{made}", json={"details": details})
    assert answer.status_code == 422
    assert "details.details.lineItems: must not hold the same item twice" in refused(answer)[1]


def test_put_refuses_what_the_store_can_not_hold(client, place, invoice):
    client.create(invoice("B"))
    assert refused(client.put(place, json={"invoiceNumber": "B"}))[0] == 400
    assert refused(client.put(place, json={"customerId": "9999"}))[0] == 400
    assert client.put(place, json={"originalBalance": None}).status_code == 422
    assert client.put(place, data=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert shown(client, place)["invoiceNumber"] == "INV-1"


@pytest.mark.parametrize("custom", ["", "none", "[1]", '{"a": '])
def test_custom_fields_that_are_no_object_show_as_an_empty_one(client, place, custom):
    body = put_at(BODY, "details.header.billingAddress.customFields", custom)
    assert client.put(place, json=body).json()["code"] == 200
    assert shown(client, place)["details"]["header"]["billingAddress"]["customFields"] == {}


@pytest.mark.parametrize(("value", "status"), [("0", 2), ("-5", 2), ("0.01", 1)])
def test_status_follows_an_open_balance_of_nothing(client, place, value, status):
    sent = {"openBalance": {"code": "USD", "value": value}, "status": 1}
    assert client.put(place, json=sent).json()["code"] == 200
    assert shown(client, place)["status"] == status
