from copy import deepcopy

import pytest
import requests


def refused(answer):
    """The body code and everything that the answer says about why."""
    body = answer.json()
    return body["code"], f"{body['data'].get('errMsg', '')} {body['meta'].get('errors', '')}"


def put_at(body, path, value):
    """A copy of the body with one value replaced, or left out when the value is None."""
    changed = deepcopy(body)
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    place = changed
    for part in parents:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return changed


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
    assert kept["dueDate"] > kept["issuedAt"]


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
    assert "order number" in refused(answer)[1]
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
    answer = client.post("/ip/invoices", data=b'{"invoiceNumber": ')
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


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


def test_update_changes_what_is_sent_and_replaces_details_as_a_whole(client, invoice):
    made = client.create(invoice(purchaseOrderNumber="PO-1")).json()["data"]["id"]
    line = {"sku": "C", "quantity": "1", "unitPrice": {"code": "USD", "value": "1.00"}}
    answer = client.put(
        f"/ip/invoices/{made}",
        json={
            "openBalance": {"code": "USD", "value": "0"},
            "details": {"details": {"lineItems": [line]}},
        },
    )
    assert answer.json()["data"] == {"id": made}
    kept = client.get(f"/ip/invoices/{made}").json()["data"]
    assert kept["details"] == {"details": {"lineItems": [line]}}
    assert kept["openBalance"]["value"] == "0.0000"
    assert kept["status"] == 2
    assert kept["originalBalance"]["value"] == "349.5000"
    assert kept["purchaseOrderNumber"] == "PO-1"


def test_update_is_checked_as_strictly_as_create(client, invoice):
    made = client.create(invoice("A")).json()["data"]["id"]
    client.create(invoice("B"))
    place = f"/ip/invoices/{made}"
    assert client.put(place, json={"openBalance": {"code": "USD"}}).status_code == 422
    assert client.put(place, json={"originalBalance": None}).status_code == 422
    assert client.put(place, json={"openBalance": {"code": "USD", "value": 1}}).status_code == 422
    assert refused(client.put(place, json={"invoiceNumber": "B"}))[0] == 400
    assert refused(client.put(place, json={"customerId": "9999"}))[0] == 400
    assert client.get(place).json()["data"]["invoiceNumber"] == "A"


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


def test_the_search_is_loose(client, invoice):
    for number in ("INV-1", "inv-10", "INV-2", "100%"):
        client.create(invoice(number, customerId="1002" if number == "INV-2" else "1001"))

    def numbers(query):
        return [i["invoiceNumber"] for i in client.get(f"/ip/invoices?{query}").json()["data"]]

    assert numbers("searchBy=invoiceNumber&q=INV-1&sortBy=invoiceNumber&orderBy=ASC") == [
        "INV-1",
        "inv-10",
    ]
    assert numbers("searchBy=invoiceNumber&q=%25") == ["100%"]
    assert numbers("searchBy=invoiceNumber&q=absent") == []
    assert numbers("customerId=1002") == ["INV-2"]
    assert numbers("customerName=harbor") == ["INV-2"]
    assert numbers("status=2") == []
    assert client.get("/ip/invoices?searchBy=colour&q=1").status_code == 422


def test_lists_are_paged(client, invoice):
    for number in range(12):
        client.create(invoice(f"{number:02d}"))
    first = client.get("/ip/invoices").json()
    assert len(first["data"]) == 10
    assert first["meta"]["pagination"] == {"totalCount": 12, "limit": 10, "offset": 0}
    rest = client.get("/ip/invoices?offset=10&limit=249").json()
    assert [i["invoiceNumber"] for i in rest["data"]] == ["01", "00"]
    for bad in ("limit=250", "limit=0", "limit=x", "offset=-1"):
        assert client.get(f"/ip/invoices?{bad}").status_code == 422


def test_companies_are_listed_found_by_name_and_shown(client):
    everyone = client.get("/companies").json()
    assert everyone["meta"]["pagination"]["totalCount"] >= 5
    assert "extraFields" not in everyone["data"][0]
    found = client.get("/companies?q=okafor&isIncludeExtraFields=1").json()["data"]
    assert [company["id"] for company in found] == [1003]
    assert found[0]["extraFields"][0]["fieldValue"] == "C-10518"
    assert client.get("/companies/1003").json()["data"]["companyName"].startswith("Okafor")
    assert client.get("/companies/1").status_code == 404
    assert all(
        c["companyStatus"] == 1 for c in client.get("/companies?companyStatus=1").json()["data"]
    )


def test_an_order_becomes_an_invoice_once(client, store):
    made = client.post("/ip/orders/5001/invoices").json()
    assert made["code"] == 200
    kept = client.get(f"/ip/invoices/{made['data']['invoiceId']}").json()["data"]
    assert kept["invoiceNumber"] == made["data"]["invoiceNumber"]
    assert (kept["orderNumber"], kept["customerId"]) == ("5001", "1001")
    assert client.post("/ip/orders/5001/invoices").json()["code"] == 400
    assert client.post("/ip/orders/1/invoices").json()["code"] == 404
    assert store.stats()["emails"] == 1


def test_download_pdf_says_where(client, invoice):
    made = client.create(invoice(externalPdfUrl="https://erp.example/1.pdf")).json()["data"]["id"]
    answer = client.get(f"/ip/invoices/{made}/download-pdf").json()["data"]
    assert answer["externalPdfUrl"] == "https://erp.example/1.pdf"
    assert requests.get(answer["url"], timeout=30).status_code == 200
    assert client.get("/ip/invoices/99/download-pdf").status_code == 404


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
