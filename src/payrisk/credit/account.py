"""Where one customer or applicant stands with us in one currency: exposure, habit and figures."""

from __future__ import annotations

from dataclasses import dataclass

from payrisk.credit.application import CreditApplication


@dataclass(frozen=True)
class Account:
    """What a decision may know of one company. Money in minor units of `currency`.

    `open` residuals, `orders` not yet invoiced, `unapplied` credits and `insured` cover make the
    exposure; `group_exposure` is that of the other members of its group. `overdue` is what is
    late beyond the policy's grace and not disputed. `monthly_sales` is the peak month,
    `terms_days` and `delay_days` its habit. None = not known.
    """

    currency: str
    customer_id: str | None = None
    is_natural_person: bool = True
    open: int = 0
    orders: int = 0
    unapplied: int = 0
    insured: int = 0
    overdue: int = 0
    group_exposure: int = 0
    foreign_currencies: tuple[str, ...] = ()
    monthly_sales: int | None = None
    terms_days: int | None = None
    delay_days: int = 0
    requested_limit: int | None = None
    current_limit: int | None = None
    turnover: int | None = None
    net_worth: int | None = None
    n_settled: int = 0

    @property
    def exposure(self) -> int:
        """What we stand to lose: open + orders − unapplied − insured, never below zero.

        >>> Account("EUR", open=900, orders=300, unapplied=100, insured=500).exposure
        600
        """
        return max(0, self.open + self.orders - self.unapplied - self.insured)

    @classmethod
    def of_application(
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
