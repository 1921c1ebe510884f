"""What a credit insurer's policy says: the share it pays, its longest terms, and its deadlines."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from payrisk.calendar import NEVER, day_of

Days = Annotated[int, Field(ge=0, le=3650)]
Money = Annotated[int, Field(ge=0, le=10**15)]
Share = Annotated[float, Field(ge=0, le=1)]


class InsurerTerms(BaseModel):
    """One insurer's policy as it holds from a day on; days after an invoice's original due day.

    insured_rate: the share of a covered invoice that is paid. covers_vat: whether VAT is insured.
    most_terms_days: longer terms are not covered. most_extension_days: once an invoice is overdue
    for longer, later deliveries are not covered, and no date beyond it may be agreed without the
    insurer. notify_days, hand_over_days, claim_days: by when an overdue invoice must be notified,
    handed over for collection, and claimed. discretionary_limits: minor units by currency up to
    which a customer under this policy is covered without a limit of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=100)] = "(no policy on file)"
    number: str = ""
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    insured_rate: Share = 0.9
    covers_vat: bool = True
    most_terms_days: Days = 180
    most_extension_days: Days = 60
    notify_days: Days = 60
    hand_over_days: Days = 90
    claim_days: Days = 180
    discretionary_limits: dict[str, Money] = {}

    @property
    def first_on(self) -> int:
        """The first day on which it holds."""
        return -NEVER if self.valid_from is None else day_of(self.valid_from)

    @property
    def last_on(self) -> int:
        """The last day on which it holds."""
        return NEVER if self.valid_until is None else day_of(self.valid_until)


def terms_in_force(
    insurers: tuple[InsurerTerms, ...], name: str | None, day: int, otherwise: InsurerTerms
) -> InsurerTerms:
    """What the policy of this name says on a day; the only one there is where none is named.

    The latest to begin by that day; `otherwise` where none holds.
    """
    wanted = [each for each in insurers if name is None or each.name == name]
    if name is None and len({each.name for each in wanted}) > 1:
        return otherwise
    holding = [each for each in wanted if each.first_on <= day <= each.last_on]
    return max(holding, key=lambda each: each.first_on, default=otherwise)
