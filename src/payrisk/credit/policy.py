"""The credit policy: data with a name and a hash, and how a decision follows from it."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from payrisk.credit.account import Account
from payrisk.credit.application import CreditRequest
from payrisk.credit.deciding import decide
from payrisk.credit.decision import (
    Basis,
    CreditDecision,
    Outcome,
    Protection,
)
from payrisk.credit.flags import CHECKS, Ask, RedFlag
from payrisk.errors import InputError
from payrisk.predictions import DefaultRisk

HOUSE = Path(__file__).parent / "policies" / "house.toml"

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
_FLAGS = (*CHECKS, "far_above_capacity")


class CreditPolicy(_Data):
    """What the house grants, versioned by `id` and the hash of its text.

    Read one by `CreditPolicy.read`; bands go from the smallest probability to certainty.
    """

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
        if set(self.flags) - set(_FLAGS):
            raise ValueError(f"flags are among {', '.join(_FLAGS)}")
        return self

    @classmethod
    def read(cls, path: Path = HOUSE) -> CreditPolicy:
        """Read a policy file (TOML). Raises InputError naming the first entry it cannot use."""
        try:
            text = path.read_bytes()
            data = tomllib.loads(text.decode())
            bands = tuple(data.pop("bands", ()))
            return cls(**data, bands=bands, sha=hashlib.sha256(text).hexdigest())
        except OSError as error:
            raise InputError(
                f"The policy {path} cannot be read ({error.strerror}); check the path."
            ) from None
        except (ValueError, TypeError) as error:
            where, what = _first(error)
            raise InputError(f"The policy {path} cannot be used: {where}{what}.") from None

    def overdue_blocks(self, account: Account) -> bool:
        """Whether what is overdue is material: both the amount and the share of what is open."""
        amounts = self.amounts.get(account.currency)
        if amounts is None or account.overdue < amounts.material_overdue:
            return False
        return account.overdue >= self.material_overdue_rate * account.open

    def band(self, probability: float) -> Band:
        """The band a probability falls in."""
        return next(band for band in self.bands if probability < band.probability_below)

    def decide(
        self,
        request: CreditRequest,
        account: Account,
        risk: DefaultRisk | None,
        flags: tuple[RedFlag, ...],
        basis: Basis,
    ) -> CreditDecision:
        """Decide a request from what is known; see `payrisk.credit.deciding`.

        Without a risk the outcome is `refer`, always.
        """
        return decide(self, request, account, risk, flags, basis)


def _first(error: ValueError | TypeError) -> tuple[str, str]:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ".".join(str(part) for part in first["loc"]) + " – ", first["msg"]
    return "", str(error)
