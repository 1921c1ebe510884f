"""Words of the aged balance: columns, kinds of documents, and how deep a cell is shaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payrisk.languages import Wording, marked

GROUPS = (
    ("customer", marked("Customer")),
    ("parent", marked("Parent company")),
    ("country", marked("Country")),
    ("segment", marked("Segment")),
    ("entity", marked("Our entity")),
    ("currency", marked("Currency")),
)
"""What the balance is cut by: the word of the address, and that of the page."""

BASES = (("due", marked("Days late")), ("issued", marked("Days since issue")))

NOT_DUE = marked("Not due")
UP_TO = marked("%(first)s–%(last)s days")
OVER = marked("Over %(last)s days")

KINDS = {
    "invoice": marked("Invoice"),
    "settled residual": marked("Left over of a settled invoice"),
    "payment": marked("Payment on account"),
    "credit_note": marked("Credit note"),
    "overpaid": marked("Overpaid invoice"),
}

DEPTHS = 5
"""Shades of a cell, the lightest first."""


def bucket_name(bucket: str, wording: Wording) -> str:
    """A bucket's column in words.

    >>> bucket_name("days_31_60", Wording("en")), bucket_name("days_over_90", Wording("en"))
    ('31–60 days', 'Over 90 days')
    """
    if bucket == "not_due":
        return wording(NOT_DUE)
    first, last = bucket.removeprefix("days_").split("_")
    if first == "over":
        return wording(OVER, last=last)
    return wording(UP_TO, first=first, last=last)


def depth(cents: int, whole: int) -> int:
    """How deep a cell is shaded for its share of a line: 0 (nothing) to DEPTHS.

    >>> depth(0, 100), depth(1, 100), depth(50, 100), depth(100, 100), depth(5, 0)
    (0, 1, 3, 5, 0)
    """
    return shade(cents / whole if whole > 0 else None)


def shade(share: float | None) -> int:
    """How deep the cell of a share is shaded: 0 for nothing, at most DEPTHS.

    >>> shade(None), shade(0.0), shade(0.05), shade(0.5), shade(1.0)
    (0, 0, 1, 3, 5)
    """
    if share is None or share <= 0:
        return 0
    return min(DEPTHS, 1 + int(DEPTHS * share))


def line_name(line: Mapping[str, Any], group: str) -> tuple[str, str]:
    """What a line of the aged balance is called, and its id where that is something else."""
    column = group if group in ("country", "segment", "currency") else f"{group}_id"
    key = str(line.get(column) or "–")
    name = str(line.get(f"{group}_name") or key)
    return name, "" if name == key else key
