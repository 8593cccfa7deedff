import pytest

from .bodies import refused


@pytest.fixture
def listed(client):
    """The numbers of the invoices that a query finds, in order."""

    def numbers(query):
        answer = client.get(f"/ip/invoices?{query}")
        assert answer.status_code == 200, answer.text
        return [invoice["invoiceNumber"] for invoice in answer.json()["data"]]

    return numbers


@pytest.fixture
def companies(client):
    """The IDs of the companies that a query finds, in order."""

    def ids(query):
        answer = client.get(f"/companies?limit=250&{query}")
        assert answer.status_code == 200, answer.text
        return [company["companyId"] for company in answer.json()["data"]]

    return ids


def test_the_search_is_loose(client, invoice, listed):
    for number in ("INV-1", "inv-10", "ÍNV-12", "INV-2", "100%"):
        client.create(invoice(number))
    ascending = "sortBy=invoiceNumber&orderBy=ASC"
    assert listed(f"searchBy=invoiceNumber&q=INV-1&{ascending}") == ["INV-1", "inv-10", "ÍNV-12"]
    assert listed("searchBy=invoiceNumber&q=%25") == ["100%"]
    assert listed("searchBy=invoiceNumber&q=absent") == []


def test_without_a_field_every_searchable_one_is_searched(client, invoice, listed):
    client.create(invoice("A", purchaseOrderNumber="ZEBRA-1"))
    client.create(invoice("B", orderNumber="zebra"))
    client.create(invoice("C", externalCustomerId="my zebra"))
    client.create(invoice("D", type="Zebra"))
    client.create(invoice("ZEBRA"))
    client.create(invoice("F", externalId="zebra", termsConditions="zebra"))
    client.create(invoice("G", customerId="1002"))
    assert set(listed("q=zebra")) == {"A", "B", "C", "D", "ZEBRA"}
    assert listed("q=1002") == ["G"]
    assert listed("searchBy=type&q=zebra") == ["D"]
    assert listed("searchBy=&q=zebra&limit=1") == ["ZEBRA"]


def test_every_filter_narrows_the_list(client, invoice, listed):
    paid = {"code": "USD", "value": 0}
    client.create(invoice("A", issuedAt=1_700_000_000, externalId="11", channelId=2))
    client.create(invoice("B", issuedAt=1_700_086_400, externalId="12", openBalance=paid))
    client.create(invoice("C", issuedAt=1_700_172_800, externalId="13", customerId="1002"))
    assert listed("status=2") == ["B"]
    assert listed("customerId=1002") == ["C"]
    assert listed("customerName=HARBOR") == ["C"]
    assert listed("beginDateAt=1700086400") == ["C", "B"]
    assert listed("endDateAt=1700086400") == ["B", "A"]
    assert listed("beginDateAt=1700086400&endDateAt=1700086400") == ["B"]
    assert listed("beginDateAt=2023-11-15&endDateAt=2023-11-15") == ["B"]
    assert listed("externalId[]=11&externalId[]=13") == ["C", "A"]
    for channels in (
        "channelIds=2",
        "channelIds[]=2",
        "channelIds=2,3",
        "channelIds=3&channelIds=2",
    ):
        assert listed(channels) == ["A"]
    assert listed("channelIds=1&status=2&q=b") == ["B"]


def test_lists_sort_by_every_documented_field(client, invoice, store, listed):
    def balance(value):
        return {"code": "USD", "value": value}

    client.create(invoice("B", openBalance=balance(9.5), dueDate=2, externalCustomerId="c"))
    client.create(invoice("A", openBalance=balance(100), dueDate=1, externalCustomerId="b"))
    client.create(invoice("C", openBalance=balance(-3), dueDate=3, customerId="1002", status=1))
    store.alter("A", isPendingPayment=1)
    client.put("/ip/invoices/" + str(store.invoices()[0]["id"]), json={"status": 1})
    assert listed("sortBy=invoiceNumber&orderBy=ASC") == ["A", "B", "C"]
    assert listed("sortBy=openBalance&orderBy=ASC") == ["C", "B", "A"]
    assert listed("sortBy=dueDate&orderBy=DESC") == ["C", "B", "A"]
    assert listed("sortBy=externalCustomerId&orderBy=ASC") == ["C", "A", "B"]
    assert listed("sortBy=customerId")[0] == "C"
    assert listed("sortBy=isPendingPayment")[0] == "A"
    assert listed("sortBy=status") == ["C", "B", "A"]
    assert listed("sortBy=createdAt") == ["C", "A", "B"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=250",
        "limit=0",
        "limit=x",
        "offset=-1",
        "offset=99999999999999999999",
        "searchBy=colour&q=1",
        "sortBy=colour",
        "orderBy=up",
        "status=3",
        "status=open",
        "channelIds=one",
        "beginDateAt=yesterday",
    ],
)
def test_parameters_that_make_no_sense_are_refused_by_name(client, query):
    answer = client.get(f"/ip/invoices?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] + ":" in refused(answer)[1]


def test_lists_are_paged(client, invoice):
    for number in range(12):
        client.create(invoice(f"{number:02d}"))
    first = client.get("/ip/invoices").json()
    assert len(first["data"]) == 10
    assert first["meta"]["pagination"] == {"totalCount": 12, "limit": 10, "offset": 0}
    rest = client.get("/ip/invoices?offset=10&limit=249").json()
    assert [i["invoiceNumber"] for i in rest["data"]] == ["01", "00"]


def test_companies_are_shown_as_documented(client):
    everyone = client.get("/companies").json()
    assert everyone["meta"]["pagination"]["totalCount"] >= 5
    assert "extraFields" not in everyone["data"][0]
    found = client.get("/companies?q=okafor&isIncludeExtraFields=1").json()["data"]
    assert [(c["companyId"], c["companyStatus"], c["bcGroupId"]) for c in found] == [
        (1003, "1", 13)
    ]
    fields = {field["fieldName"]: field["fieldValue"] for field in found[0]["extraFields"]}
    assert fields == {"ERP Number": "C-10518", "Tax Code": "GB123456789"}
    one = client.get("/companies/1003").json()["data"]
    assert (one["companyName"], one["bcGroupId"]) == ("Okafor Medical Distribution Ltd", "13")
    missing = client.get("/companies/1")
    assert (missing.status_code, missing.json()["code"]) == (404, 404)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=LUMIERE", [1004]),
        ("companyStatus=3", [1007]),
        ("companyStatus=0", []),
        ("extraFields=ERP Number:C-105", [1003]),
        ("extraFields=ERP Number:c-10&extraFields=Tax Code:gb", [1003]),
        ("extraFields=ERP Number:C-105&extraFieldFilterType=exact-match", []),
        ("extraFields=ERP Number:C-10518&extraFieldFilterType=exact-match", [1003]),
        ("extraFields=Colour:red", []),
        ("bcGroupId=13", [1003]),
        ("customerId=207", [1005]),
        ("bcOrderId=1042", [1002]),
        ("orderId=1043", [1006]),
        ("minCreated=1704153600&maxCreated=1704240000", [1003, 1002]),
        ("maxModified=1706659200", [1001]),
        ("minModified=1706900000", [1007, 1006, 1005, 1004]),
        ("sortBy=companyName&orderBy=ASC&maxCreated=1704240000", [1002, 1001, 1003]),
        ("orderBy=ASC&maxCreated=1704153600", [1001, 1002]),
    ],
)
def test_companies_are_found_by_every_filter(companies, query, found):
    assert companies(query) == found


@pytest.mark.parametrize(
    "query",
    ["companyStatus=4", "sortBy=id", "orderBy=x", "extraFields=ERP", "extraFieldFilterType=loose"],
)
def test_company_filters_that_make_no_sense_are_refused_by_name(client, query):
    answer = client.get(f"/companies?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] + ":" in refused(answer)[1]
