"""The house's rules as data: bands, amounts per currency and what each red flag asks for."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from payrisk.credit.account import Account
from payrisk.credit.decision import Ask, Outcome, Protection

Days = Annotated[int, Field(ge=0, le=3650)]
Money = Annotated[int, Field(ge=0, le=10**15)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Band(_Data):
    """What a range of default probabilities earns; the range ends below its bound."""

    name: str
    probability_below: float
    outcome: Outcome
    terms_days: Days
    protection: Protection
    net_worth_rate: Share
    turnover_rate: Share


class Amounts(_Data):
    """The policy's amounts in one currency, in minor units."""

    step: Annotated[int, Field(ge=1)]
    material_overdue: Money
    group_ceiling: Money
    house_tiers: dict[str, Money]


class FlagRule(_Data):
    """When a red flag is raised and what it asks for."""

    asks_for: Ask
    days: Days = 0
    ratio: Annotated[float, Field(gt=0)] = 1.0


FlagRules = dict[str, FlagRule]


class CreditRules(_Data):
    """What the house grants, as data; bands go from the smallest probability to certainty."""

    id: Annotated[str, Field(min_length=1, max_length=100)]
    sha: str
    horizon_days: Annotated[int, Field(ge=1, le=730)]
    stale_ledger_days: Days
    overdue_grace_days: Days
    material_overdue_rate: Share
    default_terms_days: Days
    short_terms_days: Days
    bands: tuple[Band, ...]
    amounts: dict[str, Amounts]
    flags: FlagRules

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        bounds = [band.probability_below for band in self.bands]
        if not bounds or bounds != sorted(set(bounds)) or bounds[-1] <= 1.0:
            raise ValueError("bands must rise and the last one must reach beyond 1")
        if self.bands[-1].outcome.startswith("approve"):
            raise ValueError("the last band must not approve")
        names = {band.name for band in self.bands}
        if any(set(each.house_tiers) != names for each in self.amounts.values()):
            raise ValueError("every currency needs one house tier a band")
        return self

    def overdue_blocks(self, account: Account) -> bool:
        """Whether what is overdue is material: both the amount and the share of what is open."""
        amounts = self.amounts.get(account.currency)
        if amounts is None or account.overdue < amounts.material_overdue:
            return False
        return account.overdue >= self.material_overdue_rate * account.open

    def band(self, probability: float) -> Band:
        """The band a probability falls in."""
        return next(band for band in self.bands if probability < band.probability_below)
