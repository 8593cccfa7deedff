"""Pure: what a store says when it refuses, collected from wherever it is in an answer.

The documented places are `data.errMsg`, `meta.message` and `meta.errors`. Gateways, frameworks and
other endpoints of the vendor's also use `data` as text, `meta.error`, and at the top level `error`,
`errors`, `detail`, `details`, `title` and `message`; nested objects have field names as keys.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from importer.model import Json

_LONGEST = 1000  # characters
_MOST = 40  # complaints
_DEEPEST = 12
_COMPLAINTS = (
    *("errMsg", "errorMessage", "error_message", "err", "error", "errors", "msg"),
    *("detail", "details", "reason", "reasons", "title", "message", "messages"),
)
"""Keys of what is said. Any other key is the name of a field that something is said about."""

_NO_FIELDS = frozenset({"non_field_errors", "nonFieldErrors", "__all__", "general", "_", "base"})
_SUBJECTS = ("field", "fieldName", "property", "param", "path", "loc", "pointer")
"""Keys whose value names the field that the complaint beside it is about."""

_GENERIC = re.compile(
    r"((http )?\d{3} )?(bad requests?|not found|unprocessable (entity|content)|conflict|forbidden"
    r"|unauthori[sz]ed|internal server|request entity too large|payload too large"
    r"|content too large|validation|invalid request|service unavailable|method not allowed"
    r"|too many requests|success|ok|error|failed|failure|fail|invalid|exception)"
    r"( errors?| failed| exception| response)?",
    re.I,
)
"""What says nothing; left out when anything else is said."""


def words(body: Json) -> str:
    """Give all that an answer says, complaint after complaint: `a; b`. "" when it says nothing."""
    return shortened("; ".join(complaints_of(body)), _LONGEST)


def complaints_of(body: Json) -> list[str]:
    """Give each complaint of an answer once; those of a field begin with its name: `sku: ...`."""
    found = dict.fromkeys(islice(_all(body), _MOST))
    telling = [text for text in found if not _GENERIC.fullmatch(text.rstrip(". !"))]
    return telling or list(found)[:1]


def shortened(text: str, longest: int) -> str:
    """Cut a text between two words, and say so with an ellipsis, when it is too long."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    head, _, rest = text[:longest].rpartition(" ")
    return f"{(head if len(head) > longest // 2 else rest or head).rstrip(' ,;:.')}…"


def page_words(page: str) -> str:
    """Give what a person reads on an HTML page, or the text itself when it isn't one."""
    text = re.sub(r"(?is)<(script|style)\b.*?(</\1\s*>|$)|<!--.*?-->", " ", page)
    text = html.unescape(re.sub(r"(?s)<[^>]*>?", " ", text))
    return shortened(text, 120)


def _all(body: Json) -> Iterator[str]:
    data, meta = body.get("data"), body.get("meta")
    yield from _said(data, "", 0)
    if isinstance(meta, dict):
        yield from _said({key: meta[key] for key in meta if key in ("error", "errors")}, "", 0)
    yield from _said({key: body[key] for key in _COMPLAINTS if key in body}, "", 0)
    if isinstance(meta, dict):
        yield from _said(meta.get("message"), "", 0)


def _said(value: Any, field: str, depth: int) -> Iterator[str]:
    """Yield the texts of a value; `field` is the name of what they are about, "" when unknown."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        for line in value.splitlines():
            text = " ".join(line.split()).lstrip("-*• ")
            if text:
                yield f"{field}: {text}" if field and not _names(text, field) else text
    elif isinstance(value, dict):
        yield from _object(value, field, depth)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            nested = isinstance(part, dict) and not _complains(part)
            yield from _said(part, f"{field}[{index}]" if field and nested else field, depth + 1)


def _object(value: dict[str, Any], field: str, depth: int) -> Iterator[str]:
    complains = _complains(value)
    inner = field
    if complains and (subject := _subject(value)):
        inner = _below(field, subject)
    for key in (*(k for k in _COMPLAINTS if k in value), *(k for k in value)):
        if key in _COMPLAINTS:
            yield from _said(value[key], inner, depth + 1)
        elif not complains or isinstance(value[key], dict | list):
            if complains and key in (*_SUBJECTS, "source"):
                continue
            yield from _said(value[key], _below(field, key), depth + 1)


def _complains(value: dict[str, Any]) -> bool:
    return any(isinstance(value.get(key), str) for key in _COMPLAINTS) or "errors" in value


def _subject(value: dict[str, Any]) -> str:
    """Give the field that an error object names: `field`, or FastAPI's and JSON:API's ways."""
    source = value.get("source")
    for key in _SUBJECTS:
        named = value.get(key) or (source.get(key) if isinstance(source, dict) else None)
        if isinstance(named, list):
            named = ".".join(str(step) for step in named if step not in ("body", "data"))
        if isinstance(named, str) and named.strip("/ "):
            return re.sub(r"^(?:(?:data|body|attributes)[./])+", "", named.strip("/ ")).replace(
                "/", "."
            )
    return ""


def _below(field: str, key: str) -> str:
    key = str(key).strip()
    if key in _NO_FIELDS or not key:
        return field
    if key.isdigit():
        return f"{field}[{key}]" if field else key
    return f"{field}.{key}" if field else key


def _names(text: str, field: str) -> bool:
    """Whether a text names its field by itself: `customerId is required` under `customerId`."""
    return re.search(rf"(?<![\w.]){re.escape(field)}(?![\w.\[])", text) is not None
