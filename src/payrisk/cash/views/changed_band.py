"""What a named change does to the cash of invoices not yet issued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from payrisk.arrays import Flags, Floats
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.ledger import History

BILLED_DAYS = 182
"""Days before the morning whose billing says how much of a currency's is somebody's."""


def slowed_band(band: UnbilledCash, percent: float) -> UnbilledCash:
    """The band when every payment takes `percent` longer from its morning on.

    What slips past the horizon is in it no more. As `scenarios.slow_down` does to open invoices.
    """
    column = np.floor(np.arange(band.horizon_days) * (1 + percent / 100) + 1e-9).astype(np.int64)
    return replace(band, expected=_moved(band.expected, column), draws=_moved(band.draws, column))


def band_without(band: UnbilledCash, shares: Mapping[str, float]) -> UnbilledCash:
    """The band less a share (0..1) of each currency: what the missing ones would have brought."""
    left = np.array([1.0 - shares.get(name, 0.0) for name in band.currencies])
    return replace(
        band,
        expected=band.expected * left[:, None],
        draws=band.draws * left[:, None],
        usual=band.usual * left,
    )


def billed_shares(history: History, column: str, name: str) -> dict[str, float]:
    """Currency → share of lately billed cents that is of one customer, parent, country or entity.

    column: customer_id, parent_id, country or entity_id. Of invoices issued in the BILLED_DAYS
    before the morning.
    """
    invoices = history.invoices()
    if column in ("parent_id", "country"):
        known = history.customers().drop_duplicates("customer_id", keep="last")
        belongs = invoices["customer_id"].map(known.set_index("customer_id")[column])
    else:
        belongs = invoices[column]
    return billed_shares_of(history, invoices, (belongs == name).to_numpy())


def billed_shares_of(
    history: History, invoices: pd.DataFrame, is_wanted: Flags
) -> dict[str, float]:
    """Currency → share of lately billed cents that is wanted; invoices: all known that morning."""
    recent = (invoices["issued_on"] >= history.as_of - BILLED_DAYS).to_numpy()
    amount = invoices["amount"].to_numpy(np.int64)
    amounts = pd.DataFrame(
        {
            "currency": invoices["currency"].astype(str).to_numpy(),
            "billed": np.where(recent, amount, 0),
            "of_it": np.where(recent & is_wanted, amount, 0),
        }
    )
    sums = amounts.groupby("currency")[["billed", "of_it"]].sum()
    sums = sums[(sums["billed"] > 0).to_numpy()]
    return {str(k): float(v) for k, v in (sums["of_it"] / sums["billed"]).items()}


def billed_by_entity(history: History) -> dict[tuple[str, str], float]:
    """(entity, currency) → its share of lately billed cents of the currency; sums to 1 in each."""
    invoices = history.invoices()
    invoices = invoices[(invoices["issued_on"] >= history.as_of - BILLED_DAYS).to_numpy()]
    by_both = invoices.groupby(["entity_id", "currency"])["amount"].sum()
    whole = by_both.groupby(level="currency").transform("sum")
    shares = (by_both / whole)[(whole > 0).to_numpy()]
    return {(str(e), str(c)): float(share) for (e, c), share in shares.items()}


def _moved(by_day: Floats, column: np.ndarray) -> Floats:
    """(…, h) with each day's cents on the day it goes to; days past the last are dropped."""
    out = np.zeros_like(by_day)
    for source, target in enumerate(column.tolist()):
        if target < by_day.shape[-1]:
            out[..., target] += by_day[..., source]
    return out
