from __future__ import annotations

from copy import deepcopy
from typing import Any

import requests


def refused(answer: requests.Response) -> tuple[int, str]:
    """The body code and everything that the answer says about why."""
    body = answer.json()
    return body["code"], f"{body['data'].get('errMsg', '')} {body['meta'].get('errors', '')}"


def put_at(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy of the body with one value replaced, or left out when the value is None."""
    changed = deepcopy(body)
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    place: Any = changed
    for part in parents:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return changed
