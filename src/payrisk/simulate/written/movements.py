"""Movements: all that reduces an invoice, in cents by day: cash, credits, losses, recoveries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from payrisk.arrays import Flags, Ints
from payrisk.calendar import NEVER
from payrisk.simulate.behaviour import causes
from payrisk.simulate.behaviour.billing import Invoices
from payrisk.simulate.behaviour.disputes import Disputes
from payrisk.simulate.behaviour.paying import Payments
from payrisk.simulate.behaviour.stress import Spells
from payrisk.simulate.world.random_streams import Streams, draw_integers

KINDS = ("payment", "credit_note", "write_off", "offset", "withholding", "recovery")
PAYMENT, CREDIT_NOTE, WRITE_OFF, OFFSET, WITHHOLDING, RECOVERY = range(6)
REASONS = (
    None, "discount", "goodwill", "price difference", "dispute", "goods returned", "cancelled",
    "contra account", "tax certificate", "bad_debt", "after write-off", "on account", "bonus",
)  # fmt: skip
(
    PLAIN, EARLY, GOODWILL, PRICE, DISPUTED, GOODS, CANCELLED,
    CONTRA, CERTIFICATE, BAD_DEBT, RECOVERED, ON_ACCOUNT, BONUS,
) = range(len(REASONS))  # fmt: skip


@dataclass(frozen=True)
class InvoiceReductions:
    """(m,) what reduces an invoice row: when, by how many cents, as what.

    linked_on: the day it was matched with the invoice. alone: a document of its own, not part
    of the customer's payment of that day. is_returned: a debit that a reversal takes back.
    """

    row: Ints
    day: Ints
    amount: Ints
    kind: Ints
    reason: Ints
    linked_on: Ints
    alone: Flags
    is_returned: Flags

    def of_rows(self, taken: Flags) -> InvoiceReductions:
        """The movements of the marked invoice rows."""
        keep = taken[self.row]
        return InvoiceReductions(**{name: values[keep] for name, values in vars(self).items()})


class _Parts:
    """Movements gathered kind by kind; none after an invoice was sold."""

    def __init__(self, paid: Payments) -> None:
        self.sold_on = paid.sold_on
        self.rows: list[tuple[Ints, ...]] = []

    def add(self, where: Flags, day: Ints, amount: Ints, kind: int, reason: int | Ints) -> None:
        rows = np.flatnonzero(where & (amount > 0) & (day < NEVER) & (day < self.sold_on))
        why = np.broadcast_to(reason, where.shape)[rows]
        self.rows.append((rows, day[rows], amount[rows], np.full(len(rows), kind), why))

    def joined(self) -> tuple[Ints, ...]:
        return tuple(np.concatenate(part) for part in zip(*self.rows, strict=True))


def invoice_reductions(
    rows: Invoices, paid: Payments, disputes: Disputes, spells: Spells, streams: Streams
) -> InvoiceReductions:
    """Everything that reduces the invoices; for an invoice that closes they sum to its amount.

    Left over are only tolerated rests: discounts and withheld tax that nobody posted, and the
    rests of short pays that stay open.
    """
    rng, n = streams.of("movements"), rows.n
    last, came = paid.paid_on, paid.paid_on < NEVER
    first = np.where(paid.first_on < NEVER, np.rint(paid.cash * paid.first_share), 0)
    first = first.astype(np.int64)
    parts = _Parts(paid)
    parts.add(paid.returned_on < NEVER, paid.collected_on, paid.cash, PAYMENT, PLAIN)
    n_returned = len(parts.rows[0][0])
    parts.add(came, last, paid.cash - first, PAYMENT, PLAIN)
    parts.add(paid.first_on < NEVER, paid.first_on, first, PAYMENT, PLAIN)

    parts.add(came & (rng.random(n) < 0.85), last, paid.discount, CREDIT_NOTE, EARLY)
    goodwill, cleared = rng.random(n) < 0.55, came & ~paid.left_open
    parts.add(cleared & goodwill, last, paid.short, WRITE_OFF, GOODWILL)
    parts.add(cleared & ~goodwill, last, paid.short, CREDIT_NOTE, PRICE)
    parts.add(came, disputes.closed_on, paid.credited, CREDIT_NOTE, DISPUTED)
    credited, why = paid.cause == causes.CREDITED, draw_integers(rng, GOODS, CANCELLED, n)
    parts.add(credited, paid.closed_on, paid.credited, CREDIT_NOTE, why)
    parts.add(paid.cause == causes.OFFSET, paid.closed_on, paid.credited, OFFSET, CONTRA)
    certified_on = last + draw_integers(rng, 20, 60, n)
    parts.add(came & (rng.random(n) < 0.8), certified_on, paid.withheld, WITHHOLDING, CERTIFICATE)
    _losses(parts, rows.amount - first, paid, spells, rng)

    row, day, amount, kind, reason = parts.joined()
    m = len(row)
    late = (paid.cause[row] == causes.CREDITED) & (rng.random(m) < 0.25)
    prepaid = (paid.cause[row] == causes.PREPAID) & (kind == PAYMENT)
    linked = np.where(late, day + draw_integers(rng, 10, 40, m), day)
    linked = np.where(prepaid, rows.issued_on[row], linked)
    alone = ~np.isin(kind, (PAYMENT, RECOVERY)) | prepaid
    return InvoiceReductions(
        row, day, amount, kind, reason, linked, alone, np.arange(m) < n_returned
    )


def _losses(
    parts: _Parts, owed: Ints, paid: Payments, spells: Spells, rng: np.random.Generator
) -> None:
    """What was owed at a stop without cure is written off; in 60 % of cases a part comes back."""
    k = len(spells.customer)
    if not k:
        return
    lost = (paid.spell >= 0) & (paid.paid_on == NEVER)
    share = np.where(rng.random(k) < 0.6, 0.05 + 0.35 * rng.random(k), 0.0)[paid.spell]
    wait = draw_integers(rng, 60, 300, k)[paid.spell]
    parts.add(lost, paid.closed_on, owed, WRITE_OFF, BAD_DEBT)
    back = np.rint(owed * share).astype(np.int64)
    parts.add(lost, paid.closed_on + wait, back, RECOVERY, RECOVERED)
