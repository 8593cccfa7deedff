import pytest
import requests

HOSTILE = '<script>alert("1")</script>&amp;'


@pytest.fixture
def look(store):
    """Open a page of the store."""

    def open_page(path="/"):
        return requests.get(store.url + path, timeout=30)

    return open_page


def test_an_empty_store_says_so_and_names_its_companies(look):
    page = look()
    assert page.status_code == 200
    assert "No invoices have arrived yet." in page.text
    assert "1001" in page.text
    assert "Harbor &amp; Vale Hospitality Group" in page.text
    assert "Payment Method" in page.text


def test_invoices_and_outbox_are_shown(client, look, invoice):
    made = client.create(invoice("INV-77")).json()["data"]["id"]
    text = look().text
    assert f'<a href="/invoice/{made}">INV-77</a>' in text
    assert "349.50 USD" in text
    assert "New invoice INV-77" in text
    assert "einkauf@northwind-industrial.example" in text


def test_one_invoice_is_shown_whole(client, look, invoice):
    sent = invoice(
        "INV-77",
        termsConditions="Net 30",
        extraFields=[{"fieldName": "Cost Center", "fieldValue": "CC-9"}],
    )
    sent["details"]["details"]["lineItems"][0].update(
        description="Cordless drill", customFields={"lot": "L-9"}
    )
    made = client.create(sent).json()["data"]["id"]
    text = look(f"/invoice/{made}").text
    for shown in ("INV-77", "Cordless drill", "lot: L-9", "244.65 USD", "12 Main Street", "CC-9"):
        assert shown in text
    assert "Net 30" in text


def test_an_invoice_that_is_not_there_is_a_friendly_404(look):
    page = look("/invoice/12345")
    assert page.status_code == 404
    assert "No such invoice" in page.text


def test_everything_from_outside_is_escaped(client, look, invoice):
    sent = invoice(
        HOSTILE,
        termsConditions=HOSTILE,
        externalPdfUrl=HOSTILE,
        extraFields=[{"fieldName": "Delivery Notes", "fieldValue": HOSTILE}],
    )
    line = sent["details"]["details"]["lineItems"][0]
    line.update(sku=HOSTILE, description=HOSTILE, customFields={HOSTILE: HOSTILE})
    sent["details"]["header"]["billingAddress"]["city"] = HOSTILE
    made = client.create(sent).json()["data"]["id"]
    for path in ("/", f"/invoice/{made}", "/?q=" + HOSTILE):
        text = look(path).text
        assert "<script" not in text
        assert "&lt;script&gt;" in text


def test_the_page_loads_and_runs_nothing(look):
    page = look()
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "http" not in page.text.replace("http://127.0.0.1", "")


def test_many_invoices_are_paged_and_searched(client, look, invoice):
    for number in range(30):
        client.create(invoice(f"N-{number:02d}"))
    assert "Page 1 of 2" in look().text
    second = look("/?page=2").text
    assert ">N-00<" in second
    assert ">N-29<" not in second.partition("Outbox")[0]
    assert "Page 1 of 2" in look("/?page=x").text
    found = look("/?q=n-07").text.partition("Outbox")[0]
    assert ">N-07<" in found
    assert ">N-08<" not in found
    assert "No invoice number contains" in look("/?q=absent").text


def test_faults_that_are_set_are_shown(look, store):
    store.set_fault("reset-after", count=3, method="POST")
    text = look().text
    assert "reset-after" in text
    assert "3 more" in text


def test_odd_amounts_and_custom_values_do_not_break_the_page(client, look, invoice):
    sent = invoice(openBalance={"code": "JPY", "value": 123456789.1234})
    line = sent["details"]["details"]["lineItems"][0]
    line.update(quantity="1e3", customFields={"nested": {"a": [1, 2]}, "empty": None})
    made = client.create(sent).json()["data"]["id"]
    assert "123,456,789.1234 JPY" in look().text
    assert look(f"/invoice/{made}").status_code == 200
