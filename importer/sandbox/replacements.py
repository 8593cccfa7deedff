"""The answers that faults put in place of the store's own."""

from __future__ import annotations

import json
from collections.abc import Callable

from starlette.responses import HTMLResponse, RedirectResponse, Response

from . import answers
from .asgi import first_half
from .faults import Fault

GATEWAY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
)
FIREWALL_PAGE = (
    "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1>"
    "<p>Your request was blocked.</p></body></html>"
)
MAINTENANCE_PAGE = "<!doctype html><html><title>Maintenance</title><p>Back in a moment.</p></html>"


def replaced(fault: Fault, answer: Response) -> Response:
    """Make the answer that the client sees in place of `answer`."""
    return _REPLACEMENTS[fault.name](fault, answer)


def _without_id(fault: Fault, answer: Response) -> Response:
    """Take the ID out of a success; a refusal stays as it is."""
    return answers.success({}) if _is_success(answer) else answer


def _same_id(fault: Fault, answer: Response) -> Response:
    """Answer a success with what the fault's first success was answered with."""
    if not _is_success(answer):
        return answer
    if fault.answered is None:
        fault.answered = json.loads(bytes(answer.body))
    return answers.as_json(fault.answered)


def _with_201(status: int) -> _Replacement:
    def replace(fault: Fault, answer: Response) -> Response:
        if not _is_success(answer):
            return answer
        return answers.as_json({**json.loads(bytes(answer.body)), "code": 201}, status)

    return replace


def _is_success(answer: Response) -> bool:
    return bytes(answer.body).startswith(b'{"code":200,')


def _truncated(fault: Fault, answer: Response) -> Response:
    return Response(first_half(answer), answer.status_code, media_type="application/json")


def _blocked(status: int, words: str) -> _Replacement:
    return lambda fault, answer: HTMLResponse(FIREWALL_PAGE.format(f"{status} {words}"), status)


def _refused(code: int, complaint: str, status: int | None = None) -> _Replacement:
    return lambda fault, answer: answers.refusal(code, complaint, status=status)


_Replacement = Callable[[Fault, Response], Response]
_REPLACEMENTS: dict[str, _Replacement] = {
    "401": _refused(401, "The access token is missing or not valid."),
    "403": _refused(403, "The access token lacks the scope for this request."),
    "500": _refused(500, "Something went wrong."),
    "502": lambda fault, answer: HTMLResponse(GATEWAY_PAGE, 502),
    "503": _refused(503, "The service is not available at the moment."),
    "html-400": _blocked(400, "Bad Request"),
    "html-403": _blocked(403, "Forbidden"),
    "html-413": _blocked(413, "Request Entity Too Large"),
    "html": lambda fault, answer: HTMLResponse(MAINTENANCE_PAGE),
    "truncated": _truncated,
    "body-400": _refused(400, "Something in the request is not right.", status=200),
    "201": _with_201(201),
    "code-201": _with_201(200),
    "no-id": _without_id,
    "same-id": _same_id,
    "redirect": lambda fault, answer: RedirectResponse(fault.location, 307),
}
