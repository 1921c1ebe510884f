"""What every invoice and credit of a morning is worth, read from the definitions alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from support.plain.files import PlainFacts, Row, by, half_even

NEVER = 10**9


@dataclass
class Standing:
    """An invoice on a morning. residual: what has not yet come of it, never below 0."""

    row: Row
    customer: str
    due_on: int
    residual: int
    overpaid: int
    is_settled: bool
    settled_on: int
    sold_on: int
    recourse: bool
    recourse_until: int
    disputed: int
    excused: int
    has_doubt: bool
    come: int
    recovered: int

    @property
    def delivered_on(self) -> int:
        """The day it was delivered, else issued."""
        day = self.row.get("delivered_on")
        return int(self.row["issued_on"] if day is None else day)

    @property
    def place(self) -> tuple[int, str, int]:
        """Where it stands among those of one day."""
        return self.row["issued_on"], self.row["invoice_id"], int(self.row["instalment"])


@dataclass
class PlainBooks:
    """The invoices of one evening, what is on account, and the sum lines that lead to both.

    unapplied: (customer, currency) -> minor units. sums: (entity, currency) -> line -> minor
    units, signed as they move the balance.
    """

    standings: list[Standing] = field(default_factory=list)
    unapplied: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    sums: dict[tuple[str, str], dict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )


@dataclass
class Move:
    """What changed an invoice's residual: `amount` came on day `on` by a credit of a kind."""

    on: int
    received_on: int
    kind: str
    amount: int


def current_ids(facts: PlainFacts, evening: int, known_before: int) -> dict[str, str]:
    """Former id -> the id a customer goes by."""
    rows = facts.known("aliases", evening, known_before, "valid_on")
    return {row["alias_id"]: row["customer_id"] for row in rows}


def plain_books(
    facts: PlainFacts, evening: int, known_before: int, dispute_days: int = 60
) -> PlainBooks:
    """What had happened by an evening, of what was recorded before a morning.

    By 'Settled', 'Disputes', 'Days late' and 'Exposure' of docs/design.md.
    """
    books = PlainBooks()
    ids = current_ids(facts, evening, known_before)
    credits = {row["credit_id"]: row for row in facts.known("credits", evening, known_before)}
    invoices = facts.known("invoices", evening, known_before, "issued_on")
    issued = {(row["invoice_id"], row["instalment"]): row["issued_on"] for row in invoices}
    links = [
        # whoever matched them when: a receipt counts from its own day, once there is an invoice
        row | {"on": max(credits[row["credit_id"]]["happened_on"], issued[key])}
        for row in facts.known("allocations", evening, known_before, None)
        if row["credit_id"] in credits
        and (key := (row["invoice_id"], row["instalment"])) in issued
    ]
    allocations = by(links, "credit_id")
    events = by(facts.known("events", evening, known_before), "subject_kind", "kind")
    reversals = by(events.get(("credit", "reversal"), []), "subject")
    moves: dict[tuple[str, str], list[Move]] = defaultdict(list)
    for name, credit in credits.items():
        free, back = _apply(credit, allocations.get(name, []), reversals.get(name, []), moves)
        stranded = free if credit["kind"] in ("write_off", "withholding") else 0
        free -= stranded  # a write-off of nothing is nobody's credit
        customer = ids.get(credit["customer_id"], credit["customer_id"])
        books.unapplied[customer, credit["currency"]] += free
        line = books.sums[credit["entity_id"], credit["currency"]]
        line[credit["kind"]] -= credit["amount"] - stranded
        line["reversals"] += back
        line["exchanged"] += credit["amount"] - back - free - stranded
        line["unapplied"] += free
    of_invoice = {
        kind: by(rows, "subject", "instalment")
        for (subject, kind), rows in events.items()
        if subject == "invoice"
    }
    for row in invoices:
        key = (row["invoice_id"], row["instalment"])
        standing = _standing(
            row,
            ids.get(row["customer_id"], row["customer_id"]),
            moves.get(key, []),
            {kind: rows[key] for kind, rows in of_invoice.items() if key in rows},
            evening,
            dispute_days,
        )
        books.standings.append(standing)
        books.unapplied[standing.customer, row["currency"]] += standing.overpaid
        line = books.sums[row["entity_id"], row["currency"]]
        line["billed"] += row["amount"]
        line["recovered_losses"] += standing.recovered
        line["exchanged"] -= standing.come + standing.recovered
        line["unapplied"] += standing.overpaid
        line["sold" if standing.sold_on < NEVER else "open"] += standing.residual
    for line in books.sums.values():
        line["sold"] *= -1
    return books


def _apply(
    credit: Row,
    allocations: list[Row],
    reversals: list[Row],
    moves: dict[tuple[str, str], list[Move]],
) -> tuple[int, int]:
    """What of a credit is left on account and what was taken back; invoices get their moves."""
    free, in_all = credit["amount"], 0
    steps = [(row["on"], 0, row) for row in sorted(allocations, key=lambda a: a["happened_on"])]
    steps += [(row["happened_on"], 1, row) for row in reversals]
    steps.sort(key=lambda step: step[:2])
    applied: list[tuple[tuple[str, str], int, int]] = []  # invoice, its money, the credit's money
    for on, is_reversal, row in steps:
        if not is_reversal:
            spent = row["credit_amount"] if row["credit_amount"] is not None else row["amount"]
            free -= spent
            key = (row["invoice_id"], row["instalment"])
            applied.append((key, row["amount"], spent))
            moves[key].append(Move(on, credit["happened_on"], credit["kind"], row["amount"]))
            continue
        back = row["amount"] if row["amount"] is not None else credit["amount"]
        in_all += back
        taken = min(back, max(0, free))  # first what is unapplied, then the latest allocations
        free, back = free - taken, back - taken
        while back > 0 and applied:
            key, amount, spent = applied.pop()
            part = min(back, spent)
            share = half_even(Fraction(amount * part, spent))
            moves[key].append(Move(on, on, credit["kind"], -share))
            back -= part
            if part < spent:
                applied.append((key, amount - share, spent - part))
        in_all -= back
    return free, in_all


def _standing(
    row: Row,
    customer: str,
    moves: list[Move],
    events: dict[str, list[Row]],
    evening: int,
    dispute_days: int,
) -> Standing:
    moves = sorted(moves, key=lambda move: move.on)
    settled_on = NEVER
    for on in sorted({move.on for move in moves}):
        is_settled = _is_settled(row, [move for move in moves if move.on <= on])
        settled_on = min(settled_on, on) if is_settled else NEVER
    missing = row["amount"] - _come(moves)
    due_on = row["due_on"]
    changes = sorted(events.get("due_date_change", []), key=lambda event: event["happened_on"])
    for change in changes:
        if change["recorded_on"] < due_on:
            due_on = change["refers_on"]
    sold = max(events.get("sold", []), key=lambda event: event["happened_on"], default=None)
    bought = max((event["happened_on"] for event in events.get("reversal", [])), default=-NEVER)
    is_sold = sold is not None and bought < sold["happened_on"]
    until = None if sold is None else sold["refers_on"]
    residual = max(0, missing)
    disputed, excused, has_doubt = _disputed(events, due_on, evening, dispute_days)
    return Standing(
        row,
        customer,
        due_on,
        residual,
        max(0, -missing),
        settled_on != NEVER,
        settled_on,
        sold["happened_on"] if sold is not None and is_sold else NEVER,
        sold is not None and is_sold and "with recourse" in (sold["stage"], sold["reason"]),
        until if until is not None else due_on + 90,
        min(disputed, residual),
        min(excused, residual),
        has_doubt,
        row["amount"] - missing,
        _recovered(moves),
    )


def _come(moves: list[Move]) -> int:
    """What has come in all; what was written off and then recovered comes once."""
    return sum(move.amount for move in moves) - _recovered(moves)


def _recovered(moves: list[Move]) -> int:
    total = {"recovery": 0, "write_off": 0}
    for move in moves:
        total[move.kind] = total.get(move.kind, 0) + move.amount
    return min(total["recovery"], total["write_off"])


def _is_settled(row: Row, moves: list[Move]) -> bool:
    amount = row["amount"]
    missing = amount - _come(moves)
    tolerance = min(Fraction(100), Fraction(amount, 200))
    if missing <= tolerance:
        return True
    cash: dict[int, int] = defaultdict(int)
    for move in moves:
        if move.kind in ("payment", "recovery"):
            cash[move.received_on] += move.amount
    if sum(cash.values()) <= 0:
        return False
    last = max(move.received_on for move in moves if move.kind == "payment" and move.amount > 0)
    forgiven = tolerance
    if last <= row["issued_on"] + int(row["discount_days"] or 0):
        forgiven += half_even(amount * Fraction(row["discount_rate"] or 0))
    withheld = sum(move.amount for move in moves if move.kind == "withholding")
    to_come = half_even(amount * Fraction(row["withholding_rate"] or 0)) - withheld
    return missing <= forgiven + max(0, to_come)


def _disputed(
    events: dict[str, list[Row]], due_on: int, evening: int, dispute_days: int
) -> tuple[int, int, bool]:
    """What open disputes name, what of it is excused, and whether one names no amount."""
    disputed = excused = 0
    has_doubt = False
    closed = [event["happened_on"] for event in events.get("dispute_closed", [])]
    for event in events.get("dispute_opened", []):
        opened = event["happened_on"]
        if any(opened <= day for day in closed):
            continue
        amount = max(0, event["amount"] or 0)
        has_doubt |= not amount
        disputed += amount
        by_customer = event["stage"] in ("", "customer")
        if evening - opened <= dispute_days and (by_customer or opened <= due_on):
            excused += amount
    return disputed, excused, has_doubt
