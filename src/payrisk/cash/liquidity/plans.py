"""A cash plan: dated opening balances, needs and flows that are no receivables, from a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from payrisk.calendar import day_of, iso
from payrisk.errors import InputError
from payrisk.money import is_currency, typed_amount_cents

KINDS = {
    "opening": "what the bank says an account holds at the end of that day, by value date",
    "inflow": "money that comes that day and is no receivable, such as a loan or a tax refund",
    "outflow": "money that leaves that day",
    "need": "what must be there at the end of that day",
    "minimum": "what must be there at the end of that day and of every later one until the next",
}
"""Kinds of lines of a plan, and what each means."""

COLUMNS = ("kind", "on", "entity_id", "currency", "amount", "account", "source", "note")
NEEDED = ("kind", "on", "entity_id", "currency", "amount")
MOST_LINES = 5_000
MOST_DIGITS = 15
"""Of an amount in minor units: sums of as many lines as there may be stay whole numbers."""


@dataclass(frozen=True)
class PlanLine:
    """One line of a plan: cents of an entity's currency on a day."""

    kind: str
    on_day: int
    entity_id: str
    currency: str
    amount: int
    account: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class CashPlan:
    """The lines of a plan, in the order of its file."""

    lines: tuple[PlanLine, ...]

    def of(self, entity: str, currency: str, *kinds: str) -> list[PlanLine]:
        """Lines of an entity and currency of some kinds, by day."""
        here = [
            line
            for line in self.lines
            if (line.entity_id, line.currency) == (entity, currency) and line.kind in kinds
        ]
        return sorted(here, key=lambda line: line.on_day)

    def openings(self, entity: str, currency: str, as_of: int) -> list[PlanLine]:
        """The latest balance before the morning of each account of an entity and currency.

        Raises InputError for a balance of the morning itself or later: it is not known yet.
        """
        latest: dict[str, PlanLine] = {}
        for line in self.of(entity, currency, "opening"):
            if line.on_day >= as_of:
                raise InputError(
                    f"The balance of account '{line.account}' is of {iso(line.on_day)}, which is"
                    f" not over on the morning of {iso(as_of)}; give one of an earlier evening."
                )
            latest[line.account] = line
        return [latest[name] for name in sorted(latest)]

    @property
    def entity_currencies(self) -> list[tuple[str, str]]:
        """Entities and currencies of which the plan speaks, in order."""
        return sorted({(line.entity_id, line.currency) for line in self.lines})


def plan_from_file(path: Path) -> CashPlan:
    """The plan of a CSV file with COLUMNS; raises InputError for one that cannot be read so."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"'{path.name}' cannot be read as a CSV file in UTF-8.") from None
    return plan_from_text(text)


def plan_from_text(text: str) -> CashPlan:
    """The plan of a CSV text with COLUMNS; raises InputError for one that cannot be read so."""
    rows = csv.DictReader(io.StringIO(text))
    missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
    if missing:
        raise InputError(
            f"A cash plan needs a column '{missing[0]}'; it has {', '.join(COLUMNS)}."
        )
    unknown = sorted(set(rows.fieldnames or ()) - set(COLUMNS))
    if unknown:
        raise InputError(f"A cash plan has no column '{unknown[0]}'; it has {', '.join(COLUMNS)}.")
    return plan_from_rows(rows)


def plan_from_rows(rows: Iterable[Mapping[str, str | None]]) -> CashPlan:
    """The plan of rows with the texts of COLUMNS: ISO dates, amounts in whole units.

    An opening balance needs its account and its source; only it and a minimum may be below 0 (an
    overdraft, a credit line). Raises InputError for a row that says less, naming it.
    """
    lines: list[PlanLine] = []
    for number, row in enumerate(rows, start=1):
        if number > MOST_LINES:
            raise InputError(f"A cash plan has at most {MOST_LINES:,} lines.")
        lines.append(_line(number, {name: (row.get(name) or "").strip() for name in COLUMNS}))
    _refuse_doubles(lines)
    return CashPlan(tuple(lines))


def _line(number: int, row: Mapping[str, str]) -> PlanLine:
    where = f"Line {number} of the cash plan"
    for name in NEEDED:
        if not row[name]:
            raise InputError(f"{where} has no {name}.")
    kind = row["kind"].lower()
    if kind not in KINDS:
        raise InputError(f"{where} is of kind '{kind[:40]}'; use {', '.join(KINDS)}.")
    for name in ("account", "source"):
        if kind == "opening" and not row[name]:
            raise InputError(f"{where} is an opening balance without its {name}.")
    try:
        on_day, cents = day_of(row["on"]), _cents(row["amount"], row["currency"])
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    if cents < 0 and kind not in ("opening", "minimum"):
        raise InputError(f"{where}: an {kind} is written above 0.")
    return PlanLine(
        kind, on_day, row["entity_id"], row["currency"], cents,
        row["account"], row["source"], row["note"],
    )  # fmt: skip


def _cents(text: str, currency: str) -> int:
    """Minor units of an amount; raises InputError for no amount, one too long, or no currency."""
    if not is_currency(currency):
        raise InputError(f"'{currency[:10]}' is no currency; use its ISO code.")
    cents = typed_amount_cents(text, currency) if len(text) <= MOST_DIGITS + 3 else 10**MOST_DIGITS
    if abs(cents) >= 10**MOST_DIGITS:
        raise InputError(f"an amount has at most {MOST_DIGITS} digits.")
    return cents


def _refuse_doubles(lines: Iterable[PlanLine]) -> None:
    """One account has one balance an evening: a second would be counted or lost in silence."""
    seen: set[tuple[str, str, str, int]] = set()
    for line in lines:
        key = (line.entity_id, line.currency, line.account, line.on_day)
        if line.kind == "opening" and key in seen:
            raise InputError(
                f"Account '{line.account}' has two balances on {iso(line.on_day)}; keep one."
            )
        if line.kind == "opening":
            seen.add(key)
