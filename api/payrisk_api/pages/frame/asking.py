"""What the API's own routes answered a page, so that both say the same to the last digit."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Response


def document(response: Response) -> dict[str, Any]:
    """What a route of the API answered, as plain values."""
    answered: dict[str, Any] = json.loads(bytes(response.body))
    return answered
