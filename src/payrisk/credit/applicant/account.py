"""Where one customer or applicant stands with us in one currency: exposure, habit and figures."""

from __future__ import annotations

from dataclasses import dataclass, replace

from payrisk.credit.applicant.application import CreditApplication


@dataclass(frozen=True)
class WaitingOrder:
    """An order that counts in an account until it is invoiced: what is left of it, till when.

    guess: what of this is not known for sure, in words; '' where nothing.
    """

    order_id: str
    number: str
    left: int
    until_on: int
    guess: str = ""


@dataclass(frozen=True)
class Account:
    """What a decision may know of one company. Money in minor units of `currency`.

    `open` residuals, `orders` not yet invoiced and `reserved` (orders released but not yet in
    the ledger), less `unapplied` credits and the `insured` part, and what it owes in other
    currencies (`foreign`, converted), make the exposure; `group_exposure` is that of the other
    members of its group. `rates`: what was converted by, in words; `foreign_currencies`: those
    owed in for which no rate is known, and which are in no figure. `overdue` is what is late
    beyond the policy's grace and not disputed, `returned` what payments that came back leave
    unpaid.
    `monthly_sales` is the peak month, with the VAT of `vat_country` in it (None = net),
    `terms_days` and `delay_days` its habit. `current_limit` holds to the end of `limit_ends_on`,
    the insurer's cover to that of `cover_ends_on`. `peak_before` is the most that was ever open
    until some weeks ago (bust_out.WEEKS), `billed_before` the most billed in one of the months
    until then, `billed_lately` what was billed or ordered since, a month. `waiting_orders` are
    those in `orders`, one by one; `order_guesses` says of which orders it is a guess how they
    stand, and why. None = not known.
    """

    currency: str
    customer_id: str | None = None
    is_natural_person: bool = True
    open: int = 0
    orders: int = 0
    reserved: int = 0
    unapplied: int = 0
    insured: int = 0
    cover_ends_on: int | None = None
    overdue: int = 0
    returned: int = 0
    group_exposure: int = 0
    foreign: int = 0
    rates: tuple[str, ...] = ()
    foreign_currencies: tuple[str, ...] = ()
    monthly_sales: int | None = None
    vat_country: str | None = None
    terms_days: int | None = None
    delay_days: int | None = None
    requested_limit: int | None = None
    current_limit: int | None = None
    limit_ends_on: int | None = None
    turnover: int | None = None
    net_worth: int | None = None
    n_settled: int = 0
    first_billed_on: int | None = None
    peak_before: int | None = None
    billed_before: int | None = None
    billed_lately: int | None = None
    waiting_orders: tuple[WaitingOrder, ...] = ()
    order_guesses: tuple[str, ...] = ()

    @property
    def exposure(self) -> int:
        """What we stand to lose: open + orders + reserved − unapplied − insured, and foreign.

        At least 0 in each currency: credit in one does not pay what is owed in another.

        >>> Account("EUR", open=900, orders=300, unapplied=100, insured=500, foreign=50).exposure
        650
        """
        owed = self.open + self.orders + self.reserved
        return max(0, owed - self.unapplied - self.insured) + self.foreign

    def with_reserved(self, reserved: int, group_reserved: int = 0) -> Account:
        """The account after releases the ledger does not know yet, by itself and by its group."""
        group_exposure = self.group_exposure + group_reserved
        return replace(self, reserved=reserved, group_exposure=group_exposure)

    def without_order(self, order_id: str | None) -> Account:
        """The account without the order of this id or number, for whoever decides it anew."""
        same = [o for o in self.waiting_orders if order_id in (o.order_id, o.number)]
        if order_id is None or not same:
            return self
        rest = tuple(order for order in self.waiting_orders if order not in same)
        orders = self.orders - sum(order.left for order in same)
        return replace(self, orders=orders, waiting_orders=rest)

    @classmethod
    def for_application(
        cls, application: CreditApplication, *, group_exposure: int = 0, default_terms_days: int
    ) -> Account:
        """The account of a company we have never billed."""
        return cls(
            currency=application.currency,
            is_natural_person=application.is_natural_person is not False,
            group_exposure=group_exposure,
            monthly_sales=application.monthly_sales,
            terms_days=(
                default_terms_days
                if application.requested_terms_days is None
                else application.requested_terms_days
            ),
            requested_limit=application.requested_limit,
            turnover=application.turnover,
            net_worth=application.net_worth,
        )
