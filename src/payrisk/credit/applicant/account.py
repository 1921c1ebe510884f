"""Where one customer or applicant stands with us in one currency: exposure, habit and figures."""

from __future__ import annotations

from dataclasses import dataclass, replace

from payrisk.credit.applicant.application import CreditApplication
from payrisk.receivables.loss_given_default import LossRate
from payrisk.receivables.rates import Rate


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

    `open` residuals, `orders` not yet invoiced, `reserved` (orders released but not yet in the
    ledger) and `recourse` (invoices sold that may come back), less `unapplied` credits, and what
    it owes in other currencies (`foreign`, converted), make the exposure, which is gross;
    `group_exposure` is that of the other members of its group, `group_limit` what is granted to
    all of them together. `insured` is what insurers would
    pay of it. `rates`: what was converted by, in words; `foreign_currencies`: those owed in for
    which no rate is known, and which are in no figure. `house_rate`: minor units of `currency` for
    one of the policy's house currency, and `house_rate_text` that rate in words; None in the
    house currency itself and where no rate is known. `overdue` is what is late beyond the
    policy's grace, less `excused`, what disputes keep out of it; `disputed` is all that disputes
    name, `disputed_by` those of us who opened or own one that excuses, `n_bare_disputes` those
    that name no amount. `returned`: what payments that came back leave unpaid.
    `monthly_sales` is the peak month as billed, with VAT at `vat_rate` in it (None = by
    `vat_country`), `billed_within` pairs of days and the most billed in so many days in a row,
    `terms_days` and `delay_days` its habit. `current_limit` holds to the end of `limit_ends_on`;
    `loss` is what own defaults lost, of customers insured like it or not.
    `insurer_limit` (None = no cover) and the insurer's cover to that of `cover_ends_on`, VAT on
    top where it does not cover that; `cover_stopped_by`: the invoice too long overdue for a
    delivery of today to be covered. `peak_before` is the most that was ever open
    until some weeks ago (`habits.LATELY`), `billed_before` the most billed in one of the months
    until then, `billed_lately` what was billed or ordered since, a month. `waiting_orders` are
    those in `orders`, one by one; `order_guesses` says of which orders it is a guess how they
    stand, and why. `late` is what is past its due day at all, `warning_signs` how many signs
    of a bust-out its application showed. `unreadable`: what is on file but no amount.
    None = not known.
    """

    currency: str
    customer_id: str | None = None
    unreadable: tuple[str, ...] = ()
    is_natural_person: bool = True
    open: int = 0
    orders: int = 0
    reserved: int = 0
    unapplied: int = 0
    recourse: int = 0
    insured: int = 0
    insurer_limit: int | None = None
    loss: LossRate | None = None
    cover_ends_on: int | None = None
    cover_stopped_by: str | None = None
    overdue: int = 0
    excused: int = 0
    disputed: int = 0
    disputed_by: tuple[str, ...] = ()
    n_bare_disputes: int = 0
    late: int = 0
    returned: int = 0
    group_exposure: int = 0
    group_limit: int | None = None
    foreign: int = 0
    rates: tuple[str, ...] = ()
    foreign_currencies: tuple[str, ...] = ()
    house_rate: float | None = None
    house_rate_text: str = ""
    monthly_sales: int | None = None
    vat_country: str | None = None
    vat_rate: float | None = None
    billed_within: tuple[tuple[int, int], ...] = ()
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
    application_signs: int | None = None
    waiting_orders: tuple[WaitingOrder, ...] = ()
    order_guesses: tuple[str, ...] = ()

    @property
    def exposure(self) -> int:
        """Gross exposure: open + orders + reserved + recourse − unapplied, and foreign.

        At least 0 in each currency: credit in one does not pay what is owed in another.

        >>> Account("EUR", open=900, orders=300, unapplied=100, insured=500, foreign=50).exposure
        1150
        """
        owed = self.open + self.orders + self.reserved + self.recourse
        return max(0, owed - self.unapplied) + self.foreign

    @property
    def own_risk(self) -> int:
        """What nobody else would pay: gross exposure − insured, at least 0.

        >>> Account("EUR", open=900, insured=500).own_risk
        400
        """
        return max(0, self.exposure - self.insured)

    def with_reserved(self, reserved: int, group_reserved: int = 0) -> Account:
        """The account after releases the ledger does not know yet, by itself and by its group."""
        if reserved == self.reserved and not group_reserved:
            return self
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

    def with_house_rate(self, rate: Rate | None) -> Account:
        """The account with the rate from the policy's house currency into its own."""
        if rate is None:
            return self
        return replace(self, house_rate=rate.quote_minor_units, house_rate_text=rate.text)

    @classmethod
    def for_application(
        cls,
        application: CreditApplication,
        *,
        group_exposure: int = 0,
        group_limit: int | None = None,
        default_terms_days: int,
        vat_rate: float = 0.0,
    ) -> Account:
        """The account of a company we have never billed.

        vat_rate: of the VAT that its invoices will carry; its sales are stated net of it.
        """
        net = application.monthly_sales
        return cls(
            currency=application.currency,
            is_natural_person=application.is_natural_person is not False,
            group_exposure=group_exposure,
            group_limit=group_limit,
            monthly_sales=None if net is None else round(net * (1 + vat_rate)),
            vat_rate=vat_rate,
            terms_days=(
                default_terms_days
                if application.requested_terms_days is None
                else application.requested_terms_days
            ),
            requested_limit=application.requested_limit,
            turnover=application.turnover,
            net_worth=application.net_worth,
        )
