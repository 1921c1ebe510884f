"""All receipts of every currency in one, at the rates of one type and evening, to the cent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.answers.cash.receipts import BOOKED, FACTOR, NEW, OPEN, Receipts
from payrisk.cash.forecasting.forecast import LEVELS, quantile_name
from payrisk.cash.forecasting.grains import buckets
from payrisk.cash.views.fx import BaseRates, convert_parts
from payrisk.money import decimals

REST = ("settled_by_credits", "beyond_horizon", "never")


def receipts_in_base(
    receipts: Receipts, grain: str, rates: BaseRates
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every bucket's receipts in the base currency, and the balance beneath the open invoices.

    First: currency (the base), starts_on, ends_on, expected = open_invoices + not_yet_issued
    + booked_before + from_factor, p10, p50, p90 of the sum over currencies in each draw: how the
    rates will move is not in them. Second, one row: settled_by_credits, beyond_horizon, never.
    Each currency's layer is converted as a whole and split to the cent, at the last evening known.
    Raises InputError when a rate is not known.
    """
    cash, day = receipts.cash, receipts.cash.as_of - 1
    split = buckets(grain, cash.as_of, cash.horizon_days)
    n = len(split)
    open_, balance = cash.by(grain, levels=()), cash.balance().set_index("currency")
    others = {
        NEW: receipts.band.by(grain, ()),
        BOOKED: receipts.booked_before(grain, levels=()),
        FACTOR: receipts.factor.by(grain, ()),
    }
    names = {*open_["currency"], *(name for side in others.values() for name in side["currency"])}
    currencies = tuple(sorted(map(str, names)))
    drawn = receipts.together.draws(grain, currencies)
    cents = {name: np.zeros(n, dtype=np.int64) for name in (OPEN, *others)}
    rest = np.zeros(len(REST), dtype=np.int64)
    total = np.zeros((len(drawn), n))
    for place, currency in enumerate(currencies):
        rate = rates.at(currency, day)[0]
        local = _by_bucket(open_, currency, split.starts_on)
        left = (
            balance.loc[currency, list(REST)].to_numpy(np.int64)
            if currency in balance.index
            else np.zeros(len(REST), dtype=np.int64)
        )
        whole = convert_parts(np.concatenate([local, left]), currency, rates.base, rate)
        cents[OPEN] += whole[:n]
        rest += whole[n:]
        for name, side in others.items():
            local = _by_bucket(side, currency, split.starts_on)
            cents[name] += convert_parts(local, currency, rates.base, rate)
        total += drawn[:, place] * rate * 10.0 ** (decimals(rates.base) - decimals(currency))
    table = pd.DataFrame(
        {
            "currency": rates.base,
            "starts_on": split.starts_on,
            "ends_on": split.ends_on,
            "expected": sum(cents.values()),
            **cents,
        }
    )
    quantiles = np.rint(np.quantile(total, LEVELS, axis=0, method="inverted_cdf"))
    for level, values in zip(LEVELS, quantiles, strict=True):
        table[quantile_name(level)] = values.astype(np.int64)
    return table, pd.DataFrame(
        {"currency": [rates.base], **dict(zip(REST, rest[:, None], strict=True))}
    )


def _by_bucket(table: pd.DataFrame, currency: str, starts: np.ndarray) -> np.ndarray:
    rows = table[(table["currency"] == currency).to_numpy()].set_index("starts_on")["expected"]
    return np.asarray(rows.reindex(starts).fillna(0).to_numpy(np.int64))
