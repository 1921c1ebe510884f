"""Margins: what sales to a customer earn before losses, from a file or a policy of our own."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from payrisk.errors import UnusableHomeFile

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

    usual: of customers that the file does not name. Raises UnusableHomeFile naming the file, the
    line that cannot be used and the way out.
    """
    name = path.name
    content = b""
    try:
        content = path.read_bytes()
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnusableHomeFile(
            f"Line {line} of {name} is not in UTF-8; save the file as CSV in UTF-8."
        ) from None
    except (OSError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UnusableHomeFile(
            f"{name} cannot be read as CSV ({why}); save it as CSV in UTF-8."
        ) from None
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise UnusableHomeFile(
            f"{name} needs a header with {' and '.join(COLUMNS)}, and a line below."
        )
    rates: dict[str, float] = {}
    for line, row in enumerate(rows, 2):
        customer_id, rate = _line(row, line, name)
        if customer_id in rates:
            raise UnusableHomeFile(
                f"Line {line} of {name} names a customer a second time; keep one of the lines."
            )
        rates[customer_id] = rate
    return Margins(name, usual, rates)


def _line(row: Mapping[str, str | None], line: int, name: str) -> tuple[str, float]:
    try:
        rate = float((row["margin_rate"] or "").strip())
    except ValueError:
        rate = float("nan")
    if not -1 <= rate <= 1:
        raise UnusableHomeFile(
            f"Line {line} of {name}: a margin is a share between -1 and 1, as 0.18; write one, or"
            " take the line out."
        )
    return (row["customer_id"] or "").strip(), rate
