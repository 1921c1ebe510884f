"""What a person may decide instead, propose and confirm."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from payrisk.credit.rules.decision import Outcome
from payrisk_api.requests.credit import Days
from payrisk_api.requests.request_model import (
    AmountAsWritten,
    Date,
    Name,
    Prose,
    RequestModel,
    minor_units,
)


class OverrideBody(RequestModel):
    """What a person decides instead, why, and when somebody looks at it again."""

    outcome: Outcome
    reason: Annotated[Prose, Field(min_length=1)]
    actor: Annotated[
        Name | None,
        Field(
            description="The person who decides; for a natural person their full name. Needed in"
            " a home without keys; with a key its holder decides, and no other name is taken."
        ),
    ] = None
    review_on: Date
    limit: Annotated[
        AmountAsWritten | None, Field(description="In the currency of the decision.")
    ] = None
    terms_days: Days | None = None

    def limit_in(self, currency: str) -> int | None:
        """The limit in minor units of the decision's currency; raises ValueError."""
        if isinstance(self.limit, str):
            return minor_units(self.limit, "limit", currency)
        return self.limit


class ConfirmationBody(RequestModel):
    """Who confirms what another person proposed."""

    actor: Annotated[
        Name | None,
        Field(description="The second person, in a home without keys; with a key its holder."),
    ] = None


class ProposalsQuery(RequestModel):
    """Which proposals, newest first."""

    state: Literal["waits", "confirmed", "overtaken"] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
