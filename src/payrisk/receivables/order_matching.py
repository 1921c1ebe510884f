"""Order matching: which order a cancellation or invoice is of, by number and else by amount."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from payrisk.calendar import NEVER

ORDER_DAYS = 30
"""An order without an expected invoicing day counts as uninvoiced for this long."""

INVOICED_LATE_DAYS = 45
"""Days after an order's last day in which an invoice of its amount is still taken for its own."""

INVOICED_EARLY_DAYS = 7
"""Days by which an invoice may come before the order of its amount was written down."""

BY_AMOUNT = "invoiced (by amount)"
EXPIRED = "expired"

MAY_BE_INVOICED = "an invoice without its number may be of it"
TAKEN_BY_AMOUNT = "an invoice of its amount, without its number, is taken for its own"
CANCELLED_BY_AMOUNT = "a cancellation without a number is taken for its own"
MAY_BE_CANCELLED = "a cancellation without a number may be of it"
EXPIRED_UNSEEN = "its day is over and neither invoice nor cancellation came"


@dataclass(frozen=True)
class OrderFact:
    """An order, a cancellation or an invoice, as one customer's books tell of it.

    kind: order, order_cancelled or invoice. number: in one spelling, '' for none. former_number:
    the number it had before, '' for none. amount: minor units, None of a cancellation of all.
    """

    kind: str
    fact_id: str
    number: str
    former_number: str
    currency: str
    amount: int | None
    happened_on: int
    recorded_on: int
    expected_on: int = NEVER
    requested_on: int = NEVER


@dataclass
class KnownOrder:
    """One order on its way: what is left of it, what ended it, and what of this is a guess."""

    order_id: str
    number: str
    customer_id: str
    currency: str
    amount: int
    placed_on: int
    recorded_on: int
    expected_on: int
    requested_on: int = NEVER
    taken: int = 0
    ended_on: int = NEVER
    ended_by: str = ""
    guess: str = ""
    numbers: set[str] = field(default_factory=set)

    @property
    def open_amount(self) -> int:
        """What still waits for its invoice, in minor units."""
        return max(0, self.amount - self.taken)

    @property
    def expires_on(self) -> int:
        """The last day on which it waits for its invoice."""
        return self.placed_on + ORDER_DAYS if self.expected_on == NEVER else self.expected_on

    def take(self, cents: int, known_on: int, by: str, guess: str = "") -> None:
        """Reduce it by what was cancelled or invoiced, as known from a day on."""
        self.taken += cents
        self.guess = self.guess or guess
        if not self.open_amount:
            self.ended_on, self.ended_by = min(self.ended_on, known_on), by

    def restate(self, fact: OrderFact) -> None:
        """Take what a later word on the same order says; what was taken of it stays taken."""
        self.amount = fact.amount or 0
        self.currency = fact.currency or self.currency
        self.expected_on = fact.expected_on if fact.expected_on < NEVER else self.expected_on
        self.requested_on = fact.requested_on if fact.requested_on < NEVER else self.requested_on
        self.number = fact.number or self.number
        self.numbers.add(self.number)
        if self.open_amount:
            self.ended_on, self.ended_by = NEVER, ""

    def fits(self, currency: str) -> bool:
        """Whether it may be in this currency: its own, or it names none."""
        return not self.currency or not currency or self.currency == currency


class CustomerOrders:
    """The orders of one customer, its facts taken in as they happened."""

    def __init__(self, customer_id: str, facts: Iterable[OrderFact]) -> None:
        """Match every fact; an order ends as of the day its end was known."""
        self.customer_id = customer_id
        self.orders: list[KnownOrder] = []
        rank = {"order": 0, "order_cancelled": 1, "invoice": 2}
        in_time = sorted(facts, key=lambda f: (f.happened_on, rank[f.kind], f.fact_id))
        self._numbers = {f.number for f in in_time if f.kind == "order"} - {""}
        self._early: list[OrderFact] = []  # invoices that no order known by then explains
        for fact in in_time:
            if fact.kind == "order":
                self._place(fact)
            elif fact.kind == "order_cancelled":
                self._cancel(fact)
            else:
                self._invoice(fact)
        for fact in self._early:
            self._doubt_by(fact)

    def expire(self, as_of: int) -> None:
        """End what waits no more this morning, and name it where nothing told of its end."""
        for order in self.orders:
            if order.open_amount and order.expires_on < as_of:
                order.ended_on, order.ended_by = order.expires_on + 1, EXPIRED
                order.guess = order.guess or EXPIRED_UNSEEN

    def _place(self, fact: OrderFact) -> None:
        former = self._numbered({fact.number, fact.former_number} - {""})
        live = [o for o in former if o.open_amount or o.ended_by == "invoiced"]
        # an order that was cancelled and is placed again is another one; a number that comes
        # again while its order waits is a later word on it
        if live and live[-1].open_amount:
            live[-1].restate(fact)
            return
        order = KnownOrder(
            fact.fact_id,
            fact.number,
            self.customer_id,
            fact.currency,
            fact.amount or 0,
            fact.happened_on,
            fact.recorded_on,
            fact.expected_on,
            fact.requested_on,
            numbers={fact.number, fact.former_number} - {""},
        )
        self.orders.append(order)
        self._take_early(order)

    def _take_early(self, order: KnownOrder) -> None:
        """Invoices that came before their order was written down."""
        for fact in list(self._early):
            cents = fact.amount or 0
            is_near = order.placed_on - fact.happened_on <= INVOICED_EARLY_DAYS
            if fact.number and fact.number in order.numbers:
                order.take(cents, _known_on(fact), "invoiced")
            elif (
                fact.number not in self._numbers
                and is_near
                and order.open_amount == cents == order.amount
                and order.fits(fact.currency)
            ):
                order.take(cents, _known_on(fact), BY_AMOUNT, TAKEN_BY_AMOUNT)
            else:
                continue
            self._early.remove(fact)

    def _cancel(self, fact: OrderFact) -> None:
        """Take a cancellation from the order it is of; one of no order known takes nothing."""
        if fact.number and self._numbers:
            for order in self._numbered({fact.number})[-1:]:
                order.take(_cents(fact, order), fact.recorded_on, "cancelled")
            return
        day = fact.happened_on
        lives = [o for o in self.orders if o.open_amount and o.fits(fact.currency)]
        waiting = [o for o in lives if o.placed_on <= day <= o.expires_on]
        overdue = [o for o in lives if o.expires_on < day <= o.expires_on + INVOICED_LATE_DAYS]
        exact = [o for o in waiting if fact.amount in (None, o.open_amount, o.amount)]
        late = [o for o in overdue if fact.amount in (o.open_amount, o.amount)]
        larger = [o for o in waiting if o.open_amount > (fact.amount or 0)]
        candidates = exact or late or larger or waiting
        for order in candidates[-1:]:
            order.take(_cents(fact, order), fact.recorded_on, "cancelled", CANCELLED_BY_AMOUNT)
        for order in (*waiting, *overdue):
            order.guess = order.guess or MAY_BE_CANCELLED

    def _invoice(self, fact: OrderFact) -> None:
        """Take an invoice from the order whose number it bears, else from one of its amount."""
        cents, known_on = fact.amount or 0, _known_on(fact)
        if fact.number in self._numbers:
            named = self._numbered({fact.number})
            lives = [o for o in named if o.open_amount] or named
            if lives:
                lives[0].take(cents, known_on, "invoiced")
            else:
                self._early.append(fact)
            return
        for order in self.orders:
            in_time = order.placed_on <= fact.happened_on <= order.expires_on + INVOICED_LATE_DAYS
            if in_time and order.fits(fact.currency) and cents and order.open_amount == cents:
                order.take(cents, known_on, BY_AMOUNT, TAKEN_BY_AMOUNT)
                return
        self._early.append(fact)

    def _doubt_by(self, fact: OrderFact) -> None:
        """An invoice of no order known may still be a part of one that waits."""
        if fact.number in self._numbers:
            return
        day, cents = fact.happened_on, fact.amount or 0
        for order in self.orders:
            in_time = order.placed_on - INVOICED_EARLY_DAYS <= day
            in_time &= day <= order.expires_on + INVOICED_LATE_DAYS
            if in_time and order.open_amount >= cents and order.fits(fact.currency):
                order.guess = order.guess or MAY_BE_INVOICED

    def _numbered(self, numbers: set[str]) -> list[KnownOrder]:
        return [order for order in self.orders if order.numbers & numbers]


def _known_on(fact: OrderFact) -> int:
    return max(fact.happened_on, fact.recorded_on)


def _cents(fact: OrderFact, order: KnownOrder) -> int:
    return order.open_amount if fact.amount is None else fact.amount
