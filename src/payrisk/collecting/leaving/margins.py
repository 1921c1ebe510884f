"""Margins: what sales to a customer earn before losses, from a file or a policy of our own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from payrisk.errors import InputError

COLUMNS = ("customer_id", "margin_rate")


@dataclass(frozen=True)
class Margins:
    """Shares of net sales that are earned before losses. source: where they are known from.

    of_customer: by id. usual: of whom no line names; None where that is not known.
    """

    source: str
    usual: float | None = None
    of_customer: Mapping[str, float] = field(default_factory=dict)

    def rate(self, customer_id: str) -> float | None:
        """The share of a customer's sales; None where it is not known."""
        return self.of_customer.get(customer_id, self.usual)


def read_margins(path: Path, usual: float | None = None) -> Margins:
    """The margins of a CSV file with a header of COLUMNS; a share as 0.18, a loss below 0.

    usual: of customers that the file does not name. Raises InputError naming the line that cannot
    be used.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV in UTF-8 ({error}).") from None
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise InputError(f"{path} needs a header with {' and '.join(COLUMNS)}, and a line below.")
    return Margins(path.name, usual, dict(_line(row, n, path) for n, row in enumerate(rows, 2)))


def _line(row: Mapping[str, str | None], line: int, path: Path) -> tuple[str, float]:
    text = (row["margin_rate"] or "").strip()
    try:
        rate = float(text)
    except ValueError:
        rate = float("nan")
    if not -1 <= rate <= 1:
        raise InputError(f"Line {line} of {path}: a margin is a share as 0.18, not '{text}'.")
    return (row["customer_id"] or "").strip(), rate
