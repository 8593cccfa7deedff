"""The store's API: one function for each documented endpoint."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response

from . import answers, control, invoice_view, listing, pages, wording
from .bodies import Create, complaints, is_broken_json
from .company_list import companies
from .gate import REQUEST_ID, WORDS, Gate
from .options import BASE_PATH, Settings
from .seed import COMPANY_BY_ID, EXTRA_FIELDS, ORDER_BY_ID
from .store import Invoice, Store, Taken
from .update import Update
from .wire import Connections

LARGEST_BODY = 10 * 1024 * 1024
NO_INVOICE = "Invoice does not exist"
_Sent = TypeVar("_Sent", Create, Update)


class Refused(Exception):
    """The request gets this answer instead of what it asked for."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


def build(store: Store, settings: Settings, connections: Connections) -> Gate:
    """Build the ASGI application: the gate, and behind it the API, the pages and the controls."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    gate = Gate(app, settings, connections)
    _Api(store, settings).mount(app)
    control.mount(app, store, gate, settings)
    pages.mount(app, store, gate, settings)
    app.add_exception_handler(Refused, _as_refused)
    app.add_exception_handler(HTTPException, _as_http_error)
    app.add_exception_handler(Exception, _as_trouble)
    return gate


class _Api:
    """The endpoints. They call SQLite directly: a hop to a thread would cost more than the call."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._required = frozenset(settings.required_extra_fields)

    def mount(self, app: FastAPI) -> None:
        routes: list[tuple[str, str, Any]] = [
            ("POST", "/ip/invoices", self.create),
            ("GET", "/ip/invoices", self.list),
            ("GET", "/ip/invoices/extra-fields", self.extra_fields),
            ("GET", "/ip/invoices/{invoice_id}", self.show),
            ("PUT", "/ip/invoices/{invoice_id}", self.update),
            ("DELETE", "/ip/invoices/{invoice_id}", self.delete),
            ("GET", "/ip/invoices/{invoice_id}/download-pdf", self.pdf),
            ("POST", "/ip/orders/{order_id}/invoices", self.from_order),
            ("GET", "/companies", self.companies),
            ("GET", "/companies/{company_id}", self.company),
        ]
        for method, path, handler in routes:
            app.add_route(BASE_PATH + path, handler, methods=[method])

    async def create(self, request: Request) -> Response:
        """Keep a new invoice and e-mail its buyer."""
        sent = await _read(request, Create)
        self._check(sent, missing_extra_fields=True)
        body = sent.model_dump(exclude_unset=True)
        try:
            made = self._store.create(body, time.time(), request.scope[REQUEST_ID])
        except Taken as taken:
            return _taken(request, taken, sent.invoiceNumber, sent.orderNumber)
        return answers.success({"id": made})

    async def list(self, request: Request) -> Response:
        """List one page of invoices."""
        asked = _usable(listing.invoices, request)
        where, values = self._store.listed()
        selection = replace(
            asked, where=f"{asked.where} AND {where}", values=[*asked.values, *values]
        )
        extra_fields = request.query_params.get("isIncludeExtraFields") == "1"
        shown = [
            invoice_view.in_list(invoice, extra_fields, self._settings.fills_in)
            for invoice in self._store.select(selection)
        ]
        return _page(shown, self._store.count(selection), selection.limit, selection.offset)

    async def show(self, request: Request) -> Response:
        """Show one invoice."""
        return answers.success(
            invoice_view.in_detail(self._invoice(request), self._settings.fills_in)
        )

    async def update(self, request: Request) -> Response:
        """Replace the top-level fields that are sent; `details` is one of them, as a whole."""
        found = self._invoice(request)
        sent = await _read(request, Update)
        self._check(sent, missing_extra_fields="extraFields" in sent.model_fields_set)
        try:
            there = self._store.change(found.id, sent.model_dump(exclude_unset=True), time.time())
        except Taken as taken:
            return _taken(request, taken, sent.invoiceNumber, "")
        if not there:
            return answers.refusal(404, NO_INVOICE)
        return answers.success({"id": found.id}, message="SUCCESS")

    async def delete(self, request: Request) -> Response:
        """Forget one invoice."""
        found = self._invoice(request)
        there = self._store.delete(found.id)
        return answers.success({"id": found.id}) if there else answers.refusal(404, NO_INVOICE)

    async def pdf(self, request: Request) -> Response:
        """Say where the store's PDF of the invoice is, and where the seller's own."""
        found = self._invoice(request)
        url = str(request.base_url) + f"invoice/{found.id}.pdf"
        external = found.body.get("externalPdfUrl", "")
        return answers.success({"url": url, "externalPdfUrl": external})

    async def extra_fields(self, request: Request) -> Response:
        """List the store's own invoice fields."""
        limit, offset = _usable(listing.page, request)
        shown = [answers.extra_field(e, e.name in self._required) for e in EXTRA_FIELDS]
        return _page(shown[offset : offset + limit], len(shown), limit, offset)

    async def from_order(self, request: Request) -> Response:
        """Turn a B2B order into an invoice; like other refusals of content, 404 comes under 200.

        The path has B2B Edition's own order ID, the invoice BigCommerce's order number.
        """
        order = ORDER_BY_ID.get(request.path_params["order_id"])
        if order is None:
            return answers.refusal(404, "Order does not exist", status=200)
        try:
            made = self._store.create_from_order(order, time.time(), request.scope[REQUEST_ID])
        except Taken as taken:
            return _taken(request, taken, "", order.number)
        data = {"invoiceId": made.id, "invoiceNumber": made.number}
        return answers.success(data, message="SUCCESS")

    async def companies(self, request: Request) -> Response:
        """List one page of companies."""
        limit, offset = _usable(listing.page, request)
        found = _usable(companies, request)
        extra_fields = request.query_params.get("isIncludeExtraFields") == "1"
        shown = [answers.company(c, extra_fields) for c in found[offset : offset + limit]]
        return _page(shown, len(found), limit, offset)

    async def company(self, request: Request) -> Response:
        """Show one company."""
        found = COMPANY_BY_ID.get(request.path_params["company_id"])
        if found is None:
            return answers.refusal(404, "This resource is not found.")
        return answers.success(answers.company(found, extra_fields=True, detail=True))

    def _invoice(self, request: Request) -> Invoice:
        text: str = request.path_params["invoice_id"]
        readable = text.isascii() and text.isdecimal() and len(text) < 19
        found = self._store.get(int(text)) if readable else None
        if found is None:
            raise Refused(answers.refusal(404, NO_INVOICE))
        return found

    def _check(self, sent: Create | Update, missing_extra_fields: bool) -> None:
        """Check what a body can't say by itself. Raises Refused."""
        if "customerId" in sent.model_fields_set and sent.customerId not in COMPANY_BY_ID:
            complaint = f"customerId: the company {sent.customerId} does not exist"
            raise Refused(answers.refusal(400, complaint, status=200))
        if missing_extra_fields and self._required:
            filled = {extra.fieldName for extra in sent.extraFields or () if extra.fieldValue}
            missing = sorted(self._required - filled)
            if missing:
                errors = "; ".join(f"extraFields: {name} is required" for name in missing)
                raise Refused(answers.refusal(422, "The invoice data is invalid.", errors))


async def _read(request: Request, model: type[_Sent]) -> _Sent:
    """Read and check the body. Raises Refused."""
    sort = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sort != "application/json":
        raise Refused(answers.refusal(415, "The request body must be application/json."))
    try:
        raw = await request.body()
    except ClientDisconnect:  # nobody is there to be answered
        raise Refused(Response(status_code=400)) from None
    if len(raw) > LARGEST_BODY:
        raise Refused(answers.refusal(413, "The request body is too large."))
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        if is_broken_json(error):
            answer = answers.refusal(400, "The request body is not valid JSON.")
        else:
            answer = answers.refusal(422, "The invoice data is invalid.", complaints(error))
        raise Refused(answer) from error


def _taken(request: Request, taken: Taken, number: str, order: str | None) -> Response:
    """Refuse what is there already, in the words that a fault chooses or in the usual ones."""
    words: str = request.scope[WORDS](taken.what)
    return wording.taken(taken.what, (order or "") if taken.what == "order" else number, words)


def _usable(reader: Any, request: Request) -> Any:
    """Return what `reader` makes of the query string. Raises Refused."""
    try:
        return reader(request.query_params)
    except listing.BadQuery as bad:
        raise Refused(answers.refusal(422, "A parameter is invalid.", str(bad))) from bad


def _page(shown: Any, total: int, limit: int, offset: int) -> Response:
    return answers.success(shown, {"totalCount": total, "limit": limit, "offset": offset})


def _as_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error.answer


def _as_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.url.path.startswith(BASE_PATH):
        return answers.refusal(error.status_code, "This resource is not found.")
    return PlainTextResponse(f"{error.detail}\n", error.status_code)


def _as_trouble(request: Request, error: Exception) -> Response:
    return answers.refusal(500, f"{type(error).__name__}: {error}")
