"""Pure: how grave the faults of each code are, when the settings say otherwise than the table.

What would let a wrong number, a wrong amount or a second bill through can't be lowered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from importer.codes import CODES
from importer.errors import SettingsError
from importer.model import Fault, Severity

OFF = "off"
LEVELS = (*(severity.value for severity in Severity), OFF)

LOWERABLE = frozenset(
    {
        "open-above-original",
        "due-before-issue",
        "quantity-not-positive",
        "price-negative",
        "order-duplicate",
        "url-not-http",
        *(code.code for code in CODES.values() if code.severity is Severity.WARNING),
    }
)
"""The codes of which less may be made: the store could take such an invoice as it is."""

TIES = frozenset({"lines-against-subtotal", "lines-against-balance", "costs-against-balance"})
"""Sums that don't add up: warnings, and errors when the run is strict."""


class Severities:
    """Sets the severity of faults. `levels` is `error`, `warning` or `off` by code.

    Raises SettingsError for a code or level that there isn't, and for a code that can't be lowered.
    """

    def __init__(self, levels: Mapping[str, str] | None = None, *, strict: bool = False) -> None:
        given = dict(levels or {})
        for code, level in given.items():
            _refuse(code, level)
        self._levels = dict.fromkeys(TIES, Severity.ERROR.value) | given if strict else given

    def apply(self, faults: Iterable[Fault]) -> list[Fault]:
        """Give the faults as grave as they are to be, without those that are off."""
        if not self._levels:
            return list(faults)
        return [fault for one in faults if (fault := self._one(one)) is not None]

    def _one(self, fault: Fault) -> Fault | None:
        level = self._levels.get(fault.code)
        if level is None or level == fault.severity.value:
            return fault
        return None if level == OFF else replace(fault, severity=Severity(level))


def _refuse(code: str, level: str) -> None:
    if code not in CODES:
        raise SettingsError(
            f"There is no code {code} whose severity could be set.",
            "The README lists the codes.",
        )
    if level not in LEVELS:
        raise SettingsError(
            f"The severity of {code} can't be {level}.", f"Use one of: {', '.join(LEVELS)}."
        )
    if level != Severity.ERROR and code not in LOWERABLE:
        raise SettingsError(
            f"The severity of {code} can't be lowered: the invoices would be wrong in the store.",
            "Leave it an error.",
        )
