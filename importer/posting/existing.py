"""Pure: whether a store's words say that the invoice number is taken, or speak of content at all.

The documented words are "The invoice number already exists."; stores, and the databases below
them, say the same in many others. That another invoice bills the same *order* is something else.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(
    r"\binvoice[\s_-]*(?:number|num\b|nr\b|#)"
    r"|\binvoice[\s_-]*no\b(?!\s+(?:longer|such|more))",
    re.I,
)
_TAKEN = re.compile(
    r"\balready\b.{0,30}\b(?:exist|in use|used|taken|registered|present|assigned)"
    r"|\bexists\b|\bduplicat|\bnot unique\b|\bnon-?unique\b|\b(?:must|should|has to) be unique\b"
    r"|\bunique (?:constraint|violation|index|key)\b|\b(?:is|been|was) (?:taken|used)\b|\bin use\b",
    re.I | re.S,
)
_NOT_TAKEN = re.compile(r"\b(?:(?:do|does|did) ?n[o']t|no)\b.{0,20}\bexists?\b", re.I | re.S)
_CONFLICT = re.compile(r"\bconflict", re.I)
_ORDER_INVOICED = re.compile(
    r"\border.*\b(?:already|been|has|have|was|is)\b.*\b(?:invoic|billed)"
    r"|\binvoic\w*\b.*\b(?:exists?|already|created|made|found)\b.*\border"
    r"|\bone invoice\b.*\border|\bduplicate order"
    r"|\border.*(?:\balready (?:exist|used|taken|in use|assigned|linked)|\bbeen (?:used|taken)"
    r"|\bin use\b|\bunique\b)",
    re.I | re.S,
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|`[^`]*`")
_OTHER_KEY = re.compile(
    r"['\"`][^'\"`]*(?:external|order|company|customer|extra|sku|purchase)", re.I
)
_PLAIN = re.compile(
    r"an?|and|the|th(?:is|at|ese|ere)|its?|is|are|was|has|have|be|been|being|with|of|for|in|on|at"
    r"|by|to|or|same|such|one|another|because|please|must|should|cannot|can|could|not|non|already"
    r"|exists?|found|taken|used?|unique|duplicate[sd]?|different|choose|given|provided|failed"
    r"|values?|fields?|key|index|records?|row|entry|entity|item|object|resource|number|invoices?"
    r"|document|bill|store|system|database|constraint|validation|integrity|violat(?:es|ed|ion)"
    r"|created?|conflict|error|detail|t",
    re.I,
)
"""Words that name nothing else than the invoice: a complaint of only these is about its number."""

_CONTENT = re.compile(
    r"\b(?:invoice|compan(?:y|ies)|customers?|buyers?|orders?|products?|skus?|line[\s_-]?items?"
    r"|addresse?s?|channels?|currenc(?:y|ies)|extra[\s_-]?fields?|cost[\s_-]?lines?|shipments?"
    r"|quotes?|users?)(?![\w/])",
    re.I,
)


def number_exists(said: str, conflict: bool = False) -> bool:
    """Say whether any of the complaints means that the store has an invoice of that number.

    `conflict`: the status was 409, which says so by itself when the number is named.
    """
    return any(_number_exists(text, conflict) for text in said.split("; "))


def order_is_invoiced(complaint: str) -> bool:
    """Say whether a complaint means that the order has another invoice already."""
    return _ORDER_INVOICED.search(_spaced(complaint)) is not None


def about_content(said: str) -> bool:
    """Say whether a store speaks of something of the invoice, not just of an address.

    `Company does not exist` does; `Cannot POST /ip/invoices` doesn't.
    """
    without_addresses = re.sub(r"\S*/\S*", " ", said)
    return _CONTENT.search(_spaced(without_addresses)) is not None


def _number_exists(complaint: str, conflict: bool) -> bool:
    spaced = _spaced(complaint)
    named = _NUMBER.search(spaced) is not None
    if named and (conflict or _CONFLICT.search(spaced)):
        return True
    if not _TAKEN.search(spaced) or _NOT_TAKEN.search(spaced):
        return False
    return named or _of_nothing_else(complaint)


def _of_nothing_else(complaint: str) -> bool:
    """Whether a complaint names nothing but an invoice, a value or a nameless key."""
    if _OTHER_KEY.search(complaint):
        return False
    rest = re.sub(r"\S*\d\S*", " ", _QUOTED.sub(" ", complaint))
    return all(_PLAIN.fullmatch(word) for word in re.findall(r"[^\W\d_]+", rest))


def _spaced(text: str) -> str:
    """Part the words of camelCase and snake_case names with blanks."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", text)
