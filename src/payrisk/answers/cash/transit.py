"""Cash that was booked before a morning and has value later, of whom it is asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.answers.cash.treasury import Outlook
from payrisk.answers.champion_papers import Intercompany
from payrisk.cash.forecasting.grains import buckets
from payrisk.cash.layers.value_dates import cash_in_transit


def cash_in_transit_of(
    credits: pd.DataFrame, outlook: Outlook, intercompany: Intercompany
) -> pd.DataFrame:
    """Of payments known, what was booked before and has value later, less what was returned.

    credits: rows of the morning's, with the index they have there.
    """
    back = outlook.history.position.reversed[credits.index]
    credits = credits.assign(amount=credits["amount"] - back)
    is_own_group = credits["customer_id"].isin(outlook.related_customers).to_numpy()
    choices = {
        "with": np.ones(len(is_own_group), dtype=bool),
        "only": is_own_group,
        "without": ~is_own_group,
    }
    credits = credits[choices[intercompany] & (credits["amount"] > 0).to_numpy()]
    return cash_in_transit(credits, outlook.cash.as_of, outlook.cash.horizon_days)


def booked_by_bucket(
    transit: pd.DataFrame, as_of: int, horizon_days: int, grain: str
) -> pd.DataFrame:
    """Per currency and bucket: starts_on, ends_on, expected (cents) of what is booked."""
    split = buckets(grain, as_of, horizon_days)
    bucket = split.of_day[transit["value_on"].to_numpy(np.int64) - as_of]
    table = pd.DataFrame(
        {
            "currency": transit["currency"].astype(str),
            "starts_on": split.starts_on[bucket],
            "ends_on": split.ends_on[bucket],
            "expected": transit["amount"].to_numpy(np.int64),
        }
    )
    keys = ["currency", "starts_on", "ends_on"]
    return table.groupby(keys, sort=True)["expected"].sum().reset_index()
