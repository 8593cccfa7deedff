"""What a person sees of the store: plain pages, drawn on the server, with no other assets."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from starlette.responses import Response

from .contents import folded
from .control import stats
from .gate import Gate
from .invoice_page import invoice_page, moment, money, status_badge
from .invoice_pdf import invoice_pdf
from .markup import Html, facts, html, join, link, page, section, table, tag
from .options import BASE_PATH, Settings
from .seed import COMPANIES, COMPANY_BY_ID, EXTRA_FIELDS, ORDERS, Company, ExtraField
from .store import Invoice, Selection, Store

INVOICES_SHOWN = 25
EMAILS_SHOWN = 10
_KINDS = ("Text", "Multi-line text", "Number", "Drop-down")
_COMPANY_STATUS = ("Pending", "Approved", "Rejected", "Inactive")


def mount(app: FastAPI, store: Store, gate: Gate, settings: Settings) -> None:
    """Add the pages to the application."""

    async def home(request: Request) -> Response:
        counts = stats(store, gate, settings)
        return page(
            "Practice store",
            _heading(),
            _tiles(counts),
            _invoices(store, request.query_params.get("q", ""), request.query_params.get("page")),
            _outbox(store, counts["emails"]),
            _companies(),
            _fields_and_orders(settings),
            _faults(gate),
            _connection(request, settings),
        )

    async def one_invoice(request: Request) -> Response:
        found = _found(store, request)
        if found is None:
            return _no_such_invoice(request)
        return invoice_page(found, store.email_about(found.id), _back())

    async def its_pdf(request: Request) -> Response:
        found = _found(store, request)
        if found is None:
            return _no_such_invoice(request)
        return Response(invoice_pdf(found), media_type="application/pdf")

    app.add_route("/", home, methods=["GET"])
    app.add_route("/invoice/{invoice_id:int}.pdf", its_pdf, methods=["GET"])
    app.add_route("/invoice/{invoice_id:int}", one_invoice, methods=["GET"])


def _found(store: Store, request: Request) -> Invoice | None:
    invoice_id: int = request.path_params["invoice_id"]
    return store.get(invoice_id) if invoice_id < 2**63 else None


def _no_such_invoice(request: Request) -> Response:
    words = f"The store holds no invoice with the ID {request.path_params['invoice_id']}."
    return page("No such invoice", _back(), tag("h1", "No such invoice"), words, status=404)


def _back() -> Html:
    return tag("p", link("/", "← All invoices"))


def _heading() -> Html:
    words = "A practice store on this computer. Nothing here reaches a real customer."
    return tag("header", tag("h1", "Practice store"), tag("p", words, class_="soft"))


def _tiles(counts: dict[str, Any]) -> Html:
    window = counts["windows"][-1] if counts["windows"] else {"allowed": 0, "others": 0}
    numbers = [
        (counts["invoices"], "invoices"),
        (counts["emails"], "e-mails to buyers"),
        (counts["requests"], "requests since the start"),
        (counts["too_many_requests"], "refused: over the limit (429)"),
        (f"{counts['limit']:,}", f"requests allowed in {counts['window']:g} s"),
        (window["allowed"] + window["others"], "used in the latest window"),
    ]
    shown = (
        tag(
            "div", tag("b", f"{n:,}" if isinstance(n, int) else n), tag("span", what), class_="tile"
        )
        for n, what in numbers
    )
    return tag("div", join(shown), class_="tiles")


def _invoices(store: Store, search: str, asked_page: str | None) -> Html:
    where, values = ("instr(folded, ?) > 0", [folded(search)]) if search else ("1", [])
    total = store.count(Selection(where, values))
    pages = max(1, -(-total // INVOICES_SHOWN))
    number = int(asked_page) if asked_page and asked_page.isdecimal() else 1
    number = min(max(1, number), pages)
    chosen = Selection(where, values, "id DESC", INVOICES_SHOWN, (number - 1) * INVOICES_SHOWN)
    rows = [
        [
            link(f"/invoice/{invoice.id}", invoice.number),
            _name(invoice.body["customerId"]),
            moment(invoice.created_at, day=True),
            moment(invoice.body["dueDate"], day=True),
            status_badge(invoice.status),
            money(invoice.body["originalBalance"]),
            money(invoice.body["openBalance"]),
        ]
        for invoice in store.select(chosen)
    ]
    headers = ["Number", "Company", "Issued", "Due", "Status", ">Original", ">Open"]
    empty = f"No invoice number contains “{search}”." if search else "No invoices have arrived yet."
    form = _search_form(search) if total or search else ""
    return section("Invoices", form, table(headers, rows, empty), _paging(search, number, pages))


def _search_form(search: str) -> Html:
    field = Html(
        '<input type="search" name="q" aria-label="Invoice number contains"'
        f' placeholder="Invoice number contains…" value="{html(search)}">'
    )
    return tag("form", field, tag("button", "Search"), action="/", method="get")


def _paging(search: str, number: int, pages: int) -> Html:
    if pages == 1:
        return Html("")

    def to(other: int, words: str) -> Html:
        kept = {"q": search} if search else {}
        return link("/?" + urlencode({**kept, "page": other}), words)

    parts: list[object] = [f"Page {number:,} of {pages:,}"]
    if number > 1:
        parts.append(to(number - 1, "← Newer"))
    if number < pages:
        parts.append(to(number + 1, "Older →"))
    return tag("nav", join(tag("span", part) for part in parts))


def _outbox(store: Store, total: int) -> Html:
    rows = [
        [
            moment(email.sent_at),
            email.recipient,
            link(f"/invoice/{email.invoice_id}", email.subject),
        ]
        for email in store.emails(newest=EMAILS_SHOWN)
    ]
    words = "A real store would have sent these to its customers."
    if total > EMAILS_SHOWN:
        words += f" The newest {EMAILS_SHOWN} of {total:,}:"
    listed = table(["Sent (UTC)", "To", "Subject"], rows, "No e-mail has been sent.")
    return section("Outbox", tag("p", words, class_="soft"), listed)


def _companies() -> Html:
    rows = [
        [tag("code", c.id), c.name, _approval(c), c.group, c.erp_number, c.buyer_email]
        for c in COMPANIES
    ]
    headers = ["Company ID", "Name", "Status", "Group", "ERP number", "Buyer"]
    return section("Companies", table(headers, rows, ""))


def _approval(company: Company) -> Html:
    kind = "badge good" if company.status == 1 else "badge bad"
    return tag("span", _COMPANY_STATUS[company.status], class_=kind)


def _fields_and_orders(settings: Settings) -> Html:
    fields = [
        [
            e.name,
            _KINDS[e.kind],
            _takes(e),
            "yes" if e.name in settings.required_extra_fields else "no",
        ]
        for e in EXTRA_FIELDS
    ]
    orders = [
        [
            tag("code", o.id),
            o.number,
            _name(o.company_id),
            money({"code": o.currency, "value": o.total}),
        ]
        for o in ORDERS
    ]
    return tag(
        "div",
        section("Extra fields", table(["Name", "Type", "Takes", "Required"], fields, "")),
        section("Orders", table(["B2B order ID", "Order number", "Company", ">Total"], orders, "")),
        class_="pair",
    )


def _takes(extra: ExtraField) -> str:
    if extra.choices:
        return ", ".join(extra.choices)
    if extra.maximum_length is not None:
        return f"at most {extra.maximum_length} characters"
    if extra.maximum_value is not None:
        return f"at most {extra.maximum_value:,}"
    return "any text"


def _faults(gate: Gate) -> Html:
    rows = []
    for fault in gate.faults.set:
        shown = fault.as_json()
        meets = f"{shown['method'] or 'any'} {shown['path'] or 'anything'}"
        left = "until cleared" if fault.count is None else f"{fault.count - fault.shown} more"
        rows.append([tag("code", fault.name), shown["meaning"], meets, left, fault.shown])
    headers = ["Fault", "What happens", "On", "Lasts", ">Shown"]
    return section("Faults", table(headers, rows, "No faults are set: the store works normally."))


def _connection(request: Request, settings: Settings) -> Html:
    base = str(request.base_url).rstrip("/") + BASE_PATH
    pairs = [("Base URL", tag("code", base)), ("Store hash", tag("code", settings.store_hash))]
    return section("To connect", facts(pairs))


def _name(company_id: str) -> str:
    found = COMPANY_BY_ID.get(company_id)
    return f"{found.name} ({company_id})" if found else company_id
