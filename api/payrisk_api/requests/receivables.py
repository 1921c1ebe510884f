"""What may be asked of receivables: the aged balance of a morning or of an evening."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from payrisk.answers import groups
from payrisk_api.requests.request_model import AsOfQuery, Date, group_pattern


class AgingQuery(AsOfQuery):
    """Which books: as known on a morning, or as true at the close of an evening."""

    close_of: Annotated[
        Date | None, Field(description="That day included, by all that the ledger holds.")
    ] = None
    by: Annotated[
        str,
        Field(
            pattern=group_pattern(groups.RECEIVABLES),
            description="How `lines` are cut: customer, entity, both with a comma, or currency.",
        ),
    ] = "customer"

    @model_validator(mode="after")
    def _is_one_reading(self) -> Self:
        if self.as_of is not None and self.close_of is not None:
            raise ValueError("ask as_of a morning or close_of an evening, not both")
        return self
