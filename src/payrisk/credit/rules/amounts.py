"""Amounts of a policy in one currency, and the same at a rate, in steps people would choose."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Money = Annotated[int, Field(ge=0, le=10**15)]


class RuleModel(BaseModel):
    """A part of a policy as data: nothing more than is named, and nothing coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CurrencyAmounts(RuleModel):
    """The policy's amounts in one currency, in minor units."""

    step: Annotated[int, Field(ge=1)]
    material_overdue: Money
    group_ceiling: Money
    house_tiers: dict[str, Money]

    def converted(self, rate: float) -> CurrencyAmounts:
        """The same amounts at a rate, limits moving in steps that people would choose.

        rate: minor units of the other currency for one of this.

        >>> one = CurrencyAmounts(step=500, material_overdue=500, group_ceiling=1, house_tiers={})
        >>> one.converted(4.27).step, one.converted(4.27).material_overdue
        (2000, 2135)
        """
        return CurrencyAmounts(
            step=_round_step(self.step * rate),
            material_overdue=round(self.material_overdue * rate),
            group_ceiling=round(self.group_ceiling * rate),
            house_tiers={band: round(each * rate) for band, each in self.house_tiers.items()},
        )


def _round_step(amount: float) -> int:
    """1, 2 or 5 times a power of ten: the nearest, by ratio."""
    power = 10.0 ** math.floor(math.log10(max(amount, 1.0)))
    return round(min((1, 2, 5, 10), key=lambda n: abs(math.log(n * power / amount))) * power)
