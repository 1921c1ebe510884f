"""The days that each attribute moves an invoice by, named with its source."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.ledger import History
from payrisk.readouts import restricted_mean_days
from payrisk.scoring.days_to_pay.attributes.columns import AttributeColumn
from payrisk.scoring.days_to_pay.attributes.model import AttributedHazard, InformedInvoices
from payrisk.scoring.feature_text import format_number

ALIKE = "customers_alike"
"""What the prior says that no single column of it explains: customers on the same terms."""


class AttributeDays(NamedTuple):
    """Code of a reason → (n,) days it adds, and the (n,) sentences of each code."""

    days: dict[str, Floats]
    words: dict[str, list[str]]


def reason_code_of(column: AttributeColumn) -> str:
    """The code of the reason that a column is.

    >>> reason_code_of(AttributeColumn("bureau_score", "attribute", False))
    'attribute_bureau_score'
    """
    return f"{column.source}_{column.name}"


def attribute_days(
    model: AttributedHazard, history: History, invoices: pd.DataFrame, shift: Floats
) -> AttributeDays:
    """How the days by which the prior moves each invoice part over its columns.

    shift: (n,) expected days of the model less those of its daily hazard. A column's part is what
    the curve would lose if it were not known, which is then read as one level up; what no single
    column explains is left with `ALIKE`.
    """
    known = model.describe(history, invoices)
    whole, weight = restricted_mean_days(model.informed(known)), 1.0 - model.own_weight(known)
    days: dict[str, Floats] = {}
    words: dict[str, list[str]] = {}
    for column in model.prior.columns:
        code, name = reason_code_of(column), column.feature.name
        unknown = known.known.assign(**{name: "" if column.is_text else np.nan})
        without = restricted_mean_days(model.informed(known._replace(known=unknown)))
        days[code] = weight * (whole - without)
        words[code] = [_sentence(column, value) for value in known.known[name]]
    days[ALIKE] = shift - sum(days.values(), np.zeros(len(shift)))
    words[ALIKE] = [_alike(model, known, row) for row in range(len(shift))]
    return AttributeDays(days, words)


def _sentence(column: AttributeColumn, value: object) -> str:
    words = column.feature.meaning.rstrip(".")
    own = "; our own decision" if column.is_own_decision else ""
    if column.is_text:
        said = str(value) if value else "not known"
    else:
        said = "not known" if pd.isna(value) else format_number(value)
    return f"{words}: {said}{own}."


def _alike(model: AttributedHazard, invoices: InformedInvoices, row: int) -> str:
    n = int(invoices.counts.n_paid[row])
    return (
        "Customers and invoices alike stand in for this customer, of whom"
        f" {n:,} settled invoices are known (they weigh {format_number(model.strength)})."
    )
