"""What is answered when payment curves are asked for, as documented in openapi.json."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from payrisk_api.responses.reasons import ReasonAnswer
from payrisk_api.responses.response_model import ResponseModel


class CurveExplanation(ResponseModel):
    """Why an invoice is expected when it is, in days: the parts add up to expected_days_late."""

    ordinary_days_late: Annotated[
        float,
        Field(
            description="Of an invoice with the same dates and age to a customer in the middle."
        ),
    ]
    reasons: Annotated[
        list[ReasonAnswer],
        Field(
            max_length=4,
            description="What weighs most; contribution in days, positive = later.",
        ),
    ]
    other_days: Annotated[float, Field(description="What all other causes add up to.")]


Chance = Annotated[
    float | None, Field(description="Null where the day asked for lies past the curve's horizon.")
]


class CurveAnswer(ResponseModel):
    """When one invoice will be paid; element d of the list = by d days after as_of."""

    invoice_id: str
    instalment: int
    as_of: dt.date
    due_on: dt.date | None
    probability_paid_by: list[float] | None
    p10_on: dt.date | None
    p50_on: dt.date | None
    p90_on: dt.date | None
    expected_days_late: Annotated[
        float | None,
        Field(
            description="Mean; what is paid after the horizon, or never, counts as paid on the"
            " day after it, so this is a floor."
        ),
    ]
    probability_on_time: Annotated[
        float | None, Field(description="Paid at most `late_after` days late.")
    ]
    probability_late: Annotated[
        float | None, Field(description="Paid after the due date or never.")
    ]
    probability_late_5d: Chance
    probability_late_30d: Chance
    probability_late_60d: Chance
    probability_late_90d: Chance
    probability_very_late: Annotated[
        float | None, Field(description="Paid more than `very_late_after` days late, or never.")
    ]
    lateness: Annotated[
        Literal["on_time", "late", "very_late"] | None,
        Field(description="The likeliest, by `late_after` and `very_late_after`."),
    ]
    probability_by_date: Annotated[
        float | None, Field(description="Paid by the day given as `by_date`.")
    ]
    probability_beyond: Annotated[
        float | None, Field(description="Paid, but after the last day of the list.")
    ]
    probability_never: float | None
    in_sample: Annotated[
        bool, Field(description="The model was trained later: it had seen what came after.")
    ]
    availability: Annotated[
        str,
        Field(
            description="What the curve rests on (full, sparse-history, unknown-customer,"
            " young-ledger), or why there is none (unknown-invoice, closed, sold)."
        ),
    ]
    probability_discount: Annotated[
        float | None,
        Field(
            description="The chance that a discount the quote states is taken; only where one is"
            " and its days are not over."
        ),
    ] = None
    explanation: Annotated[
        CurveExplanation | None,
        Field(description="If asked for by `reasons`, and if the model can tell."),
    ]
