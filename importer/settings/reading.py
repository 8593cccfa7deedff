"""How workbooks are judged and bounded on this machine: `[severities]` and `[limits]`."""

from __future__ import annotations

from collections.abc import Mapping

from importer.errors import SettingsError
from importer.settings.file import table
from importer.settings.folders import config_file


def severities() -> Mapping[str, str]:
    """Give `error`, `warning` or `off` by the code of a fault. Raises SettingsError."""
    found = table(
        "severities", 'Write it as [severities] with lines such as price-negative = "off"'
    )
    for code, level in found.items():
        if not isinstance(level, str):
            raise SettingsError(
                f"[severities] in {config_file()}: {code} is not text.",
                f'Write it in quotes: {code} = "warning"',
            )
    return found


def limits(known: Mapping[str, int]) -> Mapping[str, int]:
    """Give the limits that the settings change, of those that are `known` with their defaults.

    Raises SettingsError for a limit that there isn't, and for one that isn't a number above 0.
    """
    found = table("limits", "Write it as [limits] with lines such as columns = 300")
    for name, value in found.items():
        if name not in known:
            raise SettingsError(
                f"[limits] in {config_file()}: there is no limit {name}.",
                f"There are: {', '.join(known)}.",
            )
        if type(value) is not int or value < 1:
            raise SettingsError(
                f"[limits] in {config_file()}: {name} is not a whole number above 0.",
                f"Leave it out for the default, {known[name]}.",
            )
    return found
