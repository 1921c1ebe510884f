"""How every invoice stood one evening: the rules of the books as loops over what was known."""

from __future__ import annotations

from dataclasses import dataclass

from payrisk.calendar import NEVER
from payrisk.ledger.facts.kinds import GOODWILL
from support.oracle.plain_facts import Known, Row

Key = tuple[str, int]

CASH, WITHOUT_CASH, LOSS = "cash", "without_cash", "loss"


@dataclass(frozen=True)
class Standing:
    """An invoice as it stood: what is left, when and by what it was closed, who owns it."""

    due_on: int
    residual: int
    closed_on: int
    closed_by: str
    closing_recorded_on: int
    sold_on: int

    @property
    def is_open(self) -> bool:
        """Neither settled nor sold."""
        return self.closed_on == NEVER and self.sold_on == NEVER

    @property
    def is_paid(self) -> bool:
        """Settled by cash, and still ours by then."""
        return self.closed_by == CASH and self.sold_on > self.closed_on


@dataclass(frozen=True)
class Movement:
    """Cents that a credit took off an invoice, or that a reversal put back."""

    day: int
    recorded_on: int
    cents: int
    credit: Row


def standings(known: Known) -> dict[Key, Standing]:
    """Every invoice known."""
    moves = movements(known)
    return {key: _standing(known, key, row, moves[key]) for key, row in known.invoices.items()}


def movements(known: Known) -> dict[Key, list[Movement]]:
    """What moved on each invoice."""
    credits = {c["credit_id"]: c for c in known.happened("credits")}
    moves: dict[Key, list[Movement]] = {key: [] for key in known.invoices}
    links: dict[str, list[tuple[Row, Movement]]] = {name: [] for name in credits}
    for link in known.rows("allocations"):
        key, credit = (link["invoice_id"], link["instalment"]), credits.get(link["credit_id"])
        if credit is None or key not in known.invoices:
            continue
        invoice = known.invoices[key]
        told = (link["recorded_on"], credit["recorded_on"], invoice["recorded_on"])
        day = max(credit["happened_on"], invoice["issued_on"])
        move = Movement(day, max(told), link["amount"], credit)
        moves[key].append(move)
        links[link["credit_id"]].append((link, move))
    returns = [e for e in known.events if (e["kind"], e["subject_kind"]) == ("reversal", "credit")]
    returns.sort(key=lambda e: (e["happened_on"], e["event_id"]))
    for name, credit in credits.items():
        own = [e for e in returns if e["subject"] == name]
        if own:
            _take_back(credit, own, links[name], moves)
    return moves


def _own_cents(link: Row) -> int:
    """Cents of an allocation in the credit's currency."""
    return link["amount"] if link["credit_amount"] is None else link["credit_amount"]


def _take_back(credit: Row, returns: list[Row], links: list, moves: dict) -> None:
    """A reversal takes first what lies unapplied, then the allocations, latest first."""
    links.sort(key=lambda pair: (pair[0]["invoice_id"], pair[0]["instalment"]))
    links.sort(key=lambda pair: -pair[0]["happened_on"])
    free = credit["amount"] - sum(_own_cents(link) for link, _ in links)
    pools = [[free, None, None], *([_own_cents(link), link, move] for link, move in links)]
    left = credit["amount"]
    for event in returns:
        take = left if event["amount"] is None else min(event["amount"], left)
        left -= take
        for pool in pools:
            cut = min(take, pool[0])
            if cut <= 0:
                continue
            pool[0] -= cut
            take -= cut
            _, link, move = pool
            if link is not None:
                of, to = _own_cents(link), link["amount"]
                cents = cut if of == to else round(cut * to / max(of, 1))
                day = max(event["happened_on"], move.day)
                told = max(event["recorded_on"], move.recorded_on)
                back = Movement(day, told, -cents, credit)
                moves[link["invoice_id"], link["instalment"]].append(back)


def _standing(known: Known, key: Key, invoice: Row, moves: list[Movement]) -> Standing:
    owed, closed_on, closed_by, told = _run_down(known, invoice, moves)
    sold_on = _sold_on(known, key)
    return Standing(
        due_on=due_on(known, key, invoice),
        residual=0 if sold_on < NEVER else max(owed, 0),
        closed_on=closed_on,
        closed_by=closed_by,
        closing_recorded_on=told,
        sold_on=sold_on,
    )


def _run_down(known: Known, invoice: Row, moves: list[Movement]) -> tuple[int, int, str, int]:
    """(cents owed, day closed, by what, day that was recorded) from the movements."""
    amount, tolerance = invoice["amount"], known.facts.rules.tolerance
    tolerated = min(tolerance.amount, round(amount * tolerance.rate))
    days = invoice["discount_days"]
    until = invoice["issued_on"] + days if days > 0 else -NEVER
    discount = round(amount * invoice["discount_rate"])
    withholding = round(amount * invoice["withholding_rate"])
    cash = other = withheld = written = back = low = 0
    last_cash, told = None, invoice["recorded_on"]
    closing: tuple[int, str, int] | None = None
    if not moves and amount <= tolerated:
        closing = (invoice["issued_on"], WITHOUT_CASH, told)
    owed = amount
    for day in sorted({move.day for move in moves}):
        for move in [m for m in moves if m.day == day]:
            told = max(told, move.recorded_on)
            kind = move.credit["kind"]
            if kind == "payment":
                cash += move.cents
                last_cash = day if move.cents > 0 else last_cash
            elif kind == "recovery":
                back += move.cents
            elif kind == "write_off" and move.credit["reason"] not in GOODWILL:
                written += move.cents
            else:
                other += move.cents
                withheld += move.cents if kind == "withholding" else 0
        low = min(low, written - back)
        undone = back + low  # of what was written off before
        paid = cash + back
        owed = amount - paid - other - written + undone
        allowed = tolerated
        if last_cash is not None and paid > 0 and last_cash <= until:
            allowed += discount
        if paid > 0:
            allowed += max(withholding - withheld, 0)
        if owed > allowed:
            closing = None
        elif closing is None:
            by = CASH if paid + withheld >= other - withheld else WITHOUT_CASH
            closing = (day, LOSS if written - undone > tolerated else by, told)
    if closing is None:
        return owed, NEVER, "", NEVER
    return owed, *closing


def due_on(known: Known, key: Key, invoice: Row) -> int:
    """The due day, moved by each extension recorded before the due day then in force."""
    due = invoice["due_on"]
    moved = [e for e, i in known.of_invoices("due_date_change") if i is invoice]
    moved = [e for e in moved if e["refers_on"] != NEVER]
    for e in sorted(moved, key=lambda e: (e["recorded_on"], e["happened_on"], e["event_id"])):
        if e["recorded_on"] < due:
            due = e["refers_on"]
    return due


def _sold_on(known: Known, key: Key) -> int:
    def last(kind: str) -> int:
        own = known.of_invoices(kind)
        return max(
            (e["happened_on"] for e, i in own if (i["invoice_id"], i["instalment"]) == key),
            default=-1,
        )

    sold = last("sold")
    return sold if sold >= 0 and last("reversal") < sold else NEVER
