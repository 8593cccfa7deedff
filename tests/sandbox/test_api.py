import json
import re

import pytest
import requests

from .bodies import put_at, refused


def test_a_created_invoice_comes_back_as_the_store_writes_it(client, invoice):
    answer = client.create(invoice("00012", purchaseOrderNumber="PO-1", dueDate=1_800_000_000))
    assert answer.status_code == 200
    assert answer.json()["code"] == 200
    assert answer.json()["meta"] == {"message": "Success"}
    made = answer.json()["data"]["id"]

    kept = client.get(f"/ip/invoices/{made}").json()["data"]
    assert kept["invoiceNumber"] == "00012"
    assert kept["originalBalance"] == {"code": "USD", "value": "349.5000"}
    assert kept["purchaseOrderNumber"] == "PO-1"
    assert kept["dueDate"] == 1_800_000_000
    assert kept["customerName"] == "Northwind Industrial Supply GmbH"
    assert kept["details"]["header"]["costLines"][0]["amount"]["value"] == "349.5000"
    assert kept["details"]["header"]["billingAddress"]["zipCode"] == "00501"


def test_quantities_come_back_as_text_or_as_numbers(client, invoice):
    made = client.create(invoice()).json()["data"]["id"]
    detail = client.get(f"/ip/invoices/{made}").json()["data"]
    listed = client.get("/ip/invoices").json()["data"][0]
    assert [line["quantity"] for line in detail["details"]["details"]["lineItems"]] == ["7", 3]
    assert [line["quantity"] for line in listed["details"]["details"]["lineItems"]] == [7, 3]


def test_what_is_left_out_gets_the_documented_defaults(client, invoice):
    made = client.create(invoice()).json()["data"]["id"]
    kept = client.get(f"/ip/invoices/{made}").json()["data"]
    assert (kept["type"], kept["status"], kept["source"]) == ("Invoice", 0, 0)
    assert kept["dueDate"] > int(kept["createdAt"])
    assert (kept["channelId"], kept["channelName"]) == ("1", "Main storefront")


def test_what_get_shows_is_what_its_schema_names(client, invoice, store):
    sent = invoice(issuedAt=1_700_000_000, externalPdfUrl="https://erp.example/1.pdf")
    made = client.create(sent).json()["data"]["id"]
    for kept in (
        client.get(f"/ip/invoices/{made}").json()["data"],
        client.get("/ip/invoices").json()["data"][0],
    ):
        assert not {"issuedAt", "externalPdfUrl"} & kept.keys()
        assert kept["createdAt"] == "1700000000"
        assert int(kept["updatedAt"]) > 1_700_000_000
        assert (kept["customerName"], kept["isPendingPayment"], kept["termsConditions"]) == (
            "Northwind Industrial Supply GmbH",
            0,
            "",
        )
        header = kept["details"]["header"]
        assert kept["details"]["type"] == "StandardInvoiceDetails"
        assert header["orderDate"] == 1_700_000_000
        assert header["billingAddress"]["customFields"] == {}
    hidden = store.invoices()[0]["hidden"]
    assert hidden["issuedAt"] == 1_700_000_000
    assert hidden["externalPdfUrl"] == "https://erp.example/1.pdf"


def test_a_store_may_keep_its_own_time_for_created_at(start, connect, invoice):
    client = connect(start(issued_at_shows=False))
    client.create(invoice(issuedAt=1_700_000_000))
    kept = client.get("/ip/invoices").json()["data"][0]
    assert int(kept["createdAt"]) > 1_700_000_000


def test_a_store_may_fill_in_what_nobody_sent(start, connect, invoice):
    client = connect(start(fills_in=True))
    sent = invoice()
    del sent["details"]["header"]
    made = client.create(sent).json()["data"]["id"]
    details = client.get(f"/ip/invoices/{made}").json()["data"]["details"]
    assert details["header"]["shippingAddresses"][0]["city"] == "Hamburg"
    assert details["header"]["costLines"] == []
    line = details["details"]["lineItems"][0]
    assert (line["comments"], line["unitDiscount"]["value"]) == ("", "0")


@pytest.mark.parametrize(("open_balance", "status"), [(0, 2), (-5, 2), (0.01, 1)])
def test_status_is_completed_once_nothing_is_open(client, invoice, open_balance, status):
    sent = invoice(openBalance={"code": "USD", "value": open_balance}, status=1)
    made = client.create(sent).json()["data"]["id"]
    assert client.get(f"/ip/invoices/{made}").json()["data"]["status"] == status


def test_a_duplicate_number_is_refused_under_status_200(client, invoice, store):
    client.create(invoice("A"))
    answer = client.create(invoice("A", customerId="1002"))
    assert answer.status_code == 200
    assert answer.json() == {
        "code": 400,
        "data": {"errMsg": "The invoice number already exists."},
        "meta": {"message": "Bad Requests Error"},
    }
    assert [i["customerId"] for i in store.invoices()] == ["1001"]
    assert store.stats()["emails"] == 1


def test_an_order_has_one_invoice(client, invoice, store):
    client.create(invoice("A", orderNumber="77"))
    answer = client.create(invoice("B", orderNumber="77"))
    assert (answer.status_code, refused(answer)[0]) == (200, 400)
    assert "An invoice already exists for this order" in refused(answer)[1]
    for number in ("C", "D"):
        assert client.create(invoice(number, orderNumber="")).json()["code"] == 200
    assert len(store.invoices()) == 3


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("invoiceNumber", None, "is required"),
        ("originalBalance", None, "is required"),
        ("openBalance", None, "is required"),
        ("customerId", None, "is required"),
        ("invoiceNumber", 12, "must be a string"),
        ("customerId", 1001, "must be a string"),
        ("originalBalance.value", "349.50", "must be a number"),
        ("openBalance.value", True, "must be a number"),
        ("openBalance.code", "", "currency code"),
        ("details.header.costLines.0.amount.value", 90.0, "must be a string"),
        ("details.header.billingAddress.street2", None, "is required"),
        ("details.header.shippingAddresses.0.city", None, "is required"),
        ("details.details.lineItems.1.sku", None, "is required"),
        ("details.details.lineItems.1.quantity", 3, "must be a string"),
        ("details.details.lineItems.1.quantity", "three", "must be a number written as a string"),
        ("details.details.lineItems.0.unitPrice.value", 34.95, "must be a string"),
        ("details.details.lineItems.0.unitPrice", None, "is required"),
        ("details.details.lineItems", {}, "must be a list"),
    ],
)
def test_fields_are_required_and_typed(client, store, invoice, path, value, complaint):
    answer = client.create(put_at(invoice(), path, value))
    assert answer.status_code == 422
    code, why = refused(answer)
    assert code == 422
    assert f"{path}: " in why
    assert complaint in why
    assert store.invoices() == []


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("status", 3, "status"),
        ("status", True, "status"),
        ("source", 2, "source"),
        ("dueDate", "2026-01-01", "dueDate"),
        ("dueDate", 1.5, "dueDate"),
        ("channelId", "1", "channelId"),
        ("termsConditions", None, "termsConditions"),
        ("details", {"details": {"shipments": [{"shipVia": "UPS"}]}}, "shipments.0.trackingNumber"),
        (
            "details",
            {
                "details": {
                    "lineItems": [
                        {
                            "sku": "A",
                            "type": "custom",
                            "quantity": "1",
                            "unitPrice": {"code": "USD", "value": "1"},
                        }
                    ]
                }
            },
            "details.details.lineItems.0.description",
        ),
    ],
)
def test_optional_fields_are_typed_too(client, invoice, field, value, path):
    answer = client.create(invoice(**{field: value}))
    assert answer.status_code == 422
    assert f"{path}: " in refused(answer)[1]


def test_every_fault_of_a_body_is_told_at_once(client):
    why = refused(client.create({"status": "open"}))[1]
    for field in ("invoiceNumber", "originalBalance", "openBalance", "customerId", "status"):
        assert f"{field}: " in why


def test_a_body_that_is_no_json_is_refused(client):
    headers = {"Content-Type": "application/json; charset=utf-8"}
    answer = client.post("/ip/invoices", data=b'{"invoiceNumber": ', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


@pytest.mark.parametrize("sort", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_that_is_called_something_else_than_json_is_refused(client, store, invoice, sort):
    body = json.dumps(invoice()).encode()
    answer = client.post("/ip/invoices", data=body, headers={"Content-Type": sort})
    assert (answer.status_code, answer.json()["code"]) == (415, 415)
    assert store.invoices() == []


def test_an_unknown_company_is_refused(client, invoice, store):
    code, why = refused(client.create(invoice(customerId="9999")))
    assert code == 400
    assert "customerId" in why
    assert "9999" in why
    assert store.invoices() == []


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("Colour", "red", "extraFields.0.fieldName"),
        ("cost center", "1", "extraFields.0.fieldName"),
        ("Cost Center", "x" * 51, "extraFields.0.fieldValue"),
        ("Contract Number", "many", "extraFields.0.fieldValue"),
        ("Contract Number", "1000000", "extraFields.0.fieldValue"),
        ("Payment Method", "Barter", "extraFields.0.fieldValue"),
        ("Cost Center", 12, "extraFields.0.fieldValue"),
    ],
)
def test_extra_fields_must_fit_the_store(client, invoice, name, value, path):
    answer = client.create(invoice(extraFields=[{"fieldName": name, "fieldValue": value}]))
    assert answer.status_code == 422
    assert f"{path}: " in refused(answer)[1]


def test_extra_fields_are_kept_and_listed_only_when_asked_for(client, invoice):
    values = [
        {"fieldName": "Cost Center", "fieldValue": "CC-7"},
        {"fieldName": "Contract Number", "fieldValue": "4711"},
        {"fieldName": "Payment Method", "fieldValue": "Check"},
        {"fieldName": "Delivery Notes", "fieldValue": "Ring twice.\nMind the dog."},
    ]
    made = client.create(invoice(extraFields=values)).json()["data"]["id"]
    assert client.get(f"/ip/invoices/{made}").json()["data"]["extraFields"] == values
    assert "extraFields" not in client.get("/ip/invoices").json()["data"][0]
    listed = client.get("/ip/invoices?isIncludeExtraFields=1").json()["data"][0]
    assert listed["extraFields"] == values


def test_an_extra_field_can_be_required(start, connect, invoice):
    client = connect(start(required_extra_fields=["Cost Center"]))
    shown = client.get("/ip/invoices/extra-fields").json()["data"]
    assert {field["fieldName"] for field in shown if field["isRequired"]} == {"Cost Center"}
    answer = client.create(invoice())
    assert answer.status_code == 422
    assert "Cost Center is required" in refused(answer)[1]
    filled = [{"fieldName": "Cost Center", "fieldValue": "1"}]
    assert client.create(invoice(extraFields=filled)).json()["code"] == 200


def test_the_extra_fields_of_each_type_are_described(client):
    answer = client.get("/ip/invoices/extra-fields").json()
    by_type = {field["fieldType"]: field for field in answer["data"]}
    assert set(by_type) == {0, 1, 2, 3}
    assert by_type[0]["maximumLength"] == "50"
    assert by_type[2]["maximumValue"] == "999999"
    assert "Check" in by_type[3]["listOfValue"]
    assert answer["meta"]["pagination"] == {"totalCount": 4, "limit": 10, "offset": 0}


def test_a_deleted_invoice_is_gone_and_its_id_is_never_given_again(client, invoice, store):
    first = client.create(invoice("A", orderNumber="7")).json()["data"]["id"]
    assert client.delete(f"/ip/invoices/{first}").json()["data"] == {"id": first}
    assert client.get(f"/ip/invoices/{first}").status_code == 404
    assert client.delete(f"/ip/invoices/{first}").status_code == 404
    second = client.create(invoice("A", orderNumber="7")).json()["data"]["id"]
    assert second != first
    assert store.stats()["emails"] == 2


@pytest.mark.parametrize("invoice_id", ["99", "abc", "-1", "9" * 30, "１"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_invoice_that_is_not_there_is_a_404(client, method, invoice_id):
    answer = client.request(method, f"/ip/invoices/{invoice_id}", json={})
    assert answer.status_code == 404
    assert answer.json() == {
        "code": 404,
        "data": {"errMsg": "Invoice does not exist"},
        "meta": {"message": "Not Found Error"},
    }


def test_unknown_paths_and_methods_are_refused_in_the_envelope(client):
    assert client.get("/ip/nothing").json()["code"] == 404
    assert client.put("/ip/invoices", json={}).json()["code"] == 405


def test_an_order_becomes_an_invoice_once(client, store):
    answer = client.post("/ip/orders/5001/invoices").json()
    assert (answer["code"], answer["meta"]["message"]) == (200, "SUCCESS")
    made = answer["data"]
    kept = client.get(f"/ip/invoices/{made['invoiceId']}").json()["data"]
    assert kept["invoiceNumber"] == made["invoiceNumber"]
    assert (kept["orderNumber"], kept["customerId"]) == ("1041", "1001")
    assert kept["details"]["header"]["orderDate"] == 1_760_000_000
    again = client.post("/ip/orders/5001/invoices")
    assert again.status_code == 200
    assert refused(again) == (400, "An invoice already exists for this order. ")
    assert store.stats()["emails"] == 1


@pytest.mark.parametrize("order_id", ["1", "1041", "abc"])
def test_an_order_is_found_by_b2b_editions_own_id_alone(client, order_id):
    answer = client.post(f"/ip/orders/{order_id}/invoices")
    assert answer.status_code == 200
    assert refused(answer) == (404, "Order does not exist ")


def test_an_order_that_is_invoiced_is_so_for_every_way_of_creating(client, invoice, store):
    client.post("/ip/orders/5001/invoices")
    assert "exists for this order" in refused(client.create(invoice(orderNumber="1041")))[1]
    client.create(invoice("A", orderNumber="1042"))
    assert "exists for this order" in refused(client.post("/ip/orders/5002/invoices"))[1]
    assert len(store.invoices()) == 2


def test_download_pdf_says_where_a_real_pdf_is(client, invoice):
    external = "https://erp.example/1.pdf"
    sent = invoice("INV-(7)", externalPdfUrl=external, termsConditions="Net 30 \\ € 5 fee")
    line = sent["details"]["details"]["lineItems"][0]
    sent["details"]["details"]["lineItems"] = [{**line, "sku": f"SKU-{n}"} for n in range(60)]
    made = client.create(sent).json()["data"]["id"]
    answer = client.get(f"/ip/invoices/{made}/download-pdf").json()["data"]
    assert answer["externalPdfUrl"] == external
    pdf = requests.get(answer["url"], timeout=30)
    assert pdf.headers["Content-Type"] == "application/pdf"
    lines = "\n".join(pages_of(pdf.content))
    for words in ("INVOICE INV-(7)", "Northwind Industrial Supply GmbH", "SKU-59", "349.50 USD"):
        assert words in lines
    assert "Net 30 \\ € 5 fee" in lines
    assert len(pages_of(pdf.content)) == 2
    assert client.get(f"/ip/invoices/{made + 1}/download-pdf").status_code == 404
    other = answer["url"].replace(f"/{made}.pdf", f"/{made + 1}.pdf")
    assert other != answer["url"]
    assert requests.get(other, timeout=30).status_code == 404


def pages_of(pdf):
    """The text of each page, found as a reader finds it: by the table of where objects are."""
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[1])
    entries = re.findall(rb"(\d{10}) 00000 n \n", pdf[table:])
    objects = [pdf[int(place) :].partition(b"\nendobj\n")[0] for place in entries]
    assert all(one.startswith(b"%d 0 obj\n" % n) for n, one in enumerate(objects, start=1))
    assert pdf[table:].startswith(b"xref\n0 %d\n" % (len(objects) + 1))
    pages = []
    for one in objects:
        stream = re.search(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", one, re.DOTALL)
        if stream:
            assert len(stream[2]) == int(stream[1])
            drawn = re.findall(rb"^\((.*)\) Tj T\*$", stream[2], re.MULTILINE)
            unescaped = (re.sub(rb"\\(.)", rb"\1", line) for line in drawn)
            pages.append("\n".join(line.decode("cp1252") for line in unescaped))
    assert b"/Count %d" % len(pages) in objects[1]
    return pages


@pytest.mark.parametrize("token", [None, "", "wrong", "wröng".encode()])
def test_a_wrong_token_is_a_401(store, invoice, token):
    headers = {"X-Store-Hash": store.store_hash, "X-Auth-Token": token}
    answer = requests.post(
        store.base_url + "/ip/invoices", json=invoice(), headers=headers, timeout=30
    )
    assert (answer.status_code, answer.json()["code"]) == (401, 401)
    assert store.invoices() == []


@pytest.mark.parametrize("store_hash", [None, "other"])
def test_a_wrong_store_hash_is_a_server_error(store, store_hash):
    headers = {"X-Auth-Token": store.token, "X-Store-Hash": store_hash}
    answer = requests.get(store.base_url + "/ip/invoices", headers=headers, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (500, 500)


def test_each_created_invoice_mails_its_buyer_once(client, invoice, store):
    client.create(invoice("A"))
    client.create(invoice("B", customerId="1006"))
    client.create({})
    assert [(mail["recipient"], mail["invoice_number"]) for mail in store.outbox()] == [
        ("ap@prairiestates.example", "B"),
        ("einkauf@northwind-industrial.example", "A"),
    ]
