"""The house's rules as data: bands, amounts per currency, margins and what each flag asks for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.measures import AccountSettings
from payrisk.credit.insurance.cover import Insurers
from payrisk.credit.insurance.insurers import InsurerTerms
from payrisk.credit.rules.amounts import CurrencyAmounts, Money, RuleModel
from payrisk.credit.rules.decision import OUTCOMES, PROTECTIONS, Ask, Outcome, Protection
from payrisk.ledger.facts.rules import DISPUTE_DAYS
from payrisk.receivables.loss_given_default import LossMeasures
from payrisk.receivables.recourse import RECOURSE_DAYS

Days = Annotated[int, Field(ge=0, le=3650)]
Share = Annotated[float, Field(ge=0, le=1)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class Band(RuleModel):
    """What a range of default probabilities earns; the range ends below its bound."""

    name: str
    probability_below: float
    outcome: Outcome
    terms_days: Days
    protection: Protection
    net_worth_rate: Share
    turnover_rate: Share


class FlagRule(RuleModel):
    """When a red flag is raised and what it asks for.

    signs, late_rate: of a bust-out alone, see `weighing.bust_out`.
    """

    asks_for: Ask
    days: Days = 0
    ratio: Annotated[float, Field(gt=0)] = 1.0
    least: Money = 0
    signs: Annotated[int, Field(ge=0, le=5)] = 2
    late_rate: Share = 0.4


FlagRules = dict[str, FlagRule]


class ProfitRules(RuleModel):
    """What a sale earns and a default costs, for the expected profit of a limit.

    margin_rate: of net sales, before losses. loss_given_default_rate: of what is owed and not
    secured. funding_rate: a year's cost of the money tied up. use_rate: the share of a limit
    that is owed on an ordinary day. when_negative: what an expected loss does to the outcome.
    """

    margin_rate: Share
    loss_given_default_rate: Share
    funding_rate: Share
    use_rate: Annotated[float, Field(gt=0, le=1)]
    when_negative: Literal["refer", "note"]


class UnverifiedRules(RuleModel):
    """What a score may do that no outcome has verified: it takes nobody and raises no limit.

    order_release: whether verified payment curves let an order leave inside a standing limit.
    """

    onboarding: Literal["refer"] = "refer"
    limit_rise: Literal["refer"] = "refer"
    order_release: Literal["standing_limit", "refer"] = "standing_limit"


class ProtectionRules(RuleModel):
    """How much of a limit each protection secures, and the discount for paying early."""

    deposit_rate: Share
    guarantee_rate: Share
    insurance_rate: Share
    discount_rate: Annotated[float, Field(ge=0, le=0.2)]
    discount_days: Days

    def secured_rate(self, protection: Protection) -> float:
        """The share of a limit that would be paid by another."""
        if protection == "prepay":
            return 1.0
        return {
            "deposit": self.deposit_rate,
            "guarantee": self.guarantee_rate,
            "insurance": self.insurance_rate,
        }.get(protection, 0.0)


class ReviewRules(RuleModel):
    """When a customer is looked at again: days after the last time, or when something happens.

    days_by_band: days from one review to the next, `usual_days` for a band that is not named.
    used_rate: share of the limit beyond which its use is looked at. late_days: days late that an
    invoice passes for the first time. ends_within_days: ahead of the end of a cover or limit;
    ended_days: for so long an end that nobody reviewed is still told. round_days: for so long a
    customer that was never reviewed here is due each time its usual day comes round. report_rate:
    change of a credit report's score, as a share of the one before, below which it is no news.
    """

    days_by_band: dict[str, Days] = Field(default={"A": 365, "B": 270, "C": 180, "D": 90, "E": 30})
    usual_days: Days = 180
    used_rate: Share = 0.9
    late_days: Days = 30
    ends_within_days: Days = 30
    ended_days: Days = 90
    round_days: Days = 30
    report_rate: Share = 0.1


class GroupRules(RuleModel):
    """How far the members of a group fail together; assumed, as no house sees it often enough.

    loading: of each member on the factor they share; two members' latent scores correlate by the
    product of theirs. parent_loading: of the group's head. usual_probability: that of a default
    before it came.
    """

    loading: Annotated[float, Field(ge=0, lt=1)] = 0.55
    parent_loading: Annotated[float, Field(ge=0, lt=1)] = 0.8
    usual_probability: Annotated[float, Field(gt=0, lt=1)] = 0.02


class CreditRules(RuleModel):
    """What the house grants, as data; bands go from the smallest probability to certainty."""

    id: Annotated[str, Field(min_length=1, max_length=100)]
    sha: str
    horizon_days: Annotated[int, Field(ge=1, le=730)]
    stale_ledger_days: Days
    overdue_grace_days: Days
    material_overdue_rate: Share
    default_terms_days: Days
    default_delay_days: Days
    most_delay_days: Days
    short_terms_days: Days
    limit_days: Days
    reservation_days: Days
    least_move_rate: Share
    newcomer_without_figures: Literal["house_tier", "refer"]
    vat_rates: dict[Country, Share]
    profit: ProfitRules
    protections: ProtectionRules
    unverified: UnverifiedRules = UnverifiedRules()
    bands: tuple[Band, ...]
    house_currency: str | None = None
    amounts: dict[str, CurrencyAmounts]
    flags: FlagRules
    # what earlier policy files do not say
    reviews: ReviewRules = ReviewRules()
    group: GroupRules = GroupRules()
    dispute_days: Days = DISPUTE_DAYS
    recourse_days: Days = RECOURSE_DAYS
    insurers: tuple[InsurerTerms, ...] = ()
    least_recoveries: Annotated[int, Field(ge=1)] = 20
    recovery_cost_rate: Share = 0.0

    @property
    def measures(self) -> AccountSettings:
        """What of it decides a figure of an account."""
        otherwise = InsurerTerms(insured_rate=self.protections.insurance_rate)
        return AccountSettings(
            dispute_days=self.dispute_days,
            recourse_days=self.recourse_days,
            granted_days=(self.short_terms_days, *(band.terms_days for band in self.bands)),
            default_delay_days=self.default_delay_days,
            most_delay_days=self.most_delay_days,
            insurers=Insurers(self.insurers, otherwise, self.vat_rates),
            losses=LossMeasures(
                self.profit.loss_given_default_rate,
                self.least_recoveries,
                self.profit.funding_rate,
                self.recovery_cost_rate,
            ),
        )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        bounds = [band.probability_below for band in self.bands]
        if not bounds or bounds != sorted(set(bounds)) or bounds[-1] <= 1.0:
            raise ValueError("bands must rise and the last one must reach beyond 1")
        if self.bands[-1].outcome.startswith("approve"):
            raise ValueError("the last band must not approve")
        names = [band.name for band in self.bands]
        if len(set(names)) < len(names):
            raise ValueError("every band needs a name of its own")
        if any(set(each.house_tiers) != set(names) for each in self.amounts.values()):
            raise ValueError("every currency needs one house tier a band")
        return self

    @model_validator(mode="after")
    def _states_its_own_currency(self) -> Self:
        if self.house_currency not in (None, *self.amounts):
            raise ValueError("house_currency must be one that amounts are stated in")
        return self

    @model_validator(mode="after")
    def _gives_no_worse_band_more(self) -> Self:
        for better, worse in zip(self.bands, self.bands[1:], strict=False):
            tiers = [each.house_tiers for each in self.amounts.values()]
            is_ordered = (
                OUTCOMES.index(better.outcome) <= OUTCOMES.index(worse.outcome)
                and PROTECTIONS.index(better.protection) <= PROTECTIONS.index(worse.protection)
                and better.terms_days >= worse.terms_days
                and better.net_worth_rate >= worse.net_worth_rate
                and better.turnover_rate >= worse.turnover_rate
                and all(tier[better.name] >= tier[worse.name] for tier in tiers)
            )
            if not is_ordered:
                raise ValueError(f"band {worse.name} must earn no more than band {better.name}")
        return self

    @property
    def house(self) -> str:
        """The currency whose amounts are converted into others: the first, where none is named."""
        return self.house_currency or next(iter(self.amounts), "")

    def amounts_in(self, account: Account) -> CurrencyAmounts | None:
        """The policy's amounts in an account's currency: its own, else the house's converted.

        None where the policy has none of its own and no rate is known.
        """
        own = self.amounts.get(account.currency)
        if own is not None or account.house_rate is None:
            return own
        return self.amounts[self.house].converted(account.house_rate)

    def is_converted(self, account: Account) -> bool:
        """Whether the amounts that count for an account are the house's at a rate."""
        return account.currency not in self.amounts and account.house_rate is not None

    def overdue_blocks(self, account: Account) -> bool:
        """Whether what is overdue is material: both the amount and the share of what is open."""
        return self._is_material(account.overdue, account)

    def dispute_prevents_block(self, account: Account) -> bool:
        """Whether what is late would be material but for what disputes keep out of it."""
        would_block = self._is_material(account.overdue + account.excused, account)
        return would_block and not self.overdue_blocks(account)

    def _is_material(self, overdue: int, account: Account) -> bool:
        amounts = self.amounts_in(account)
        if amounts is None or overdue < max(1, amounts.material_overdue):
            return False
        return overdue >= self.material_overdue_rate * account.open

    def band(self, probability: float) -> Band:
        """The band a probability falls in."""
        return next(band for band in self.bands if probability < band.probability_below)

    def vat_rate(self, account: Account) -> float:
        """The VAT on top of the account's net sales, as billed, else by country; 0 where none."""
        if account.vat_rate is not None:
            return account.vat_rate
        return 0.0 if account.vat_country is None else self.vat_rates.get(account.vat_country, 0.0)

    def vat_at_home(self, country: str | None, sellers: tuple[str, ...]) -> float:
        """The VAT on what a company of a country will be billed; 0 across a border.

        sellers: the countries of our own entities, '' for one that is not known.
        """
        at_home = country is not None and (not sellers or {"", country[:2]} & set(sellers))
        return self.vat_rates.get(str(country)[:2], 0.0) if at_home else 0.0

    def delay_days(self, account: Account) -> int:
        """Days the account is expected to pay late: its own, else the house's, up to the most."""
        days = self.default_delay_days if account.delay_days is None else account.delay_days
        return min(days, self.most_delay_days)
