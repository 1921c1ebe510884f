"""Cash to come under named changes, side by side: all receipts, or those of open invoices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from payrisk.answers.cash.receipts import ALL, NEW, OPEN, Layer, Receipts
from payrisk.answers.cash.receipts_in_base import receipts_in_base
from payrisk.calendar import NEVER
from payrisk.cash.layers.unbilled import UnbilledCash
from payrisk.cash.views.changed_band import band_without, billed_shares, slowed_band
from payrisk.cash.views.discounts import finite_number
from payrisk.cash.views.fx import BaseRates
from payrisk.cash.views.scenarios import BASE, STOPPING, Scenario, side_by_side
from payrisk.errors import InputError

KEPT_BAND = "; invoices not yet issued are as in the forecast"
"""Said of a change that speaks of invoices that are open today."""


def changes_side_by_side(
    receipts: Receipts, changes: Sequence[Scenario], grain: str, layer: Layer = "all"
) -> pd.DataFrame:
    """Flat records of the forecast and of each change: one row a scenario, currency and part.

    Columns scenario, layer, as_of, currency, part, starts_on, ends_on, expected and quantiles of
    that layer, `difference` of expected from the forecast itself. Of all receipts, expected is
    further told apart: open_invoices, not_yet_issued. What is settled by credits, beyond the
    horizon or never comes is of open invoices alone. With a base currency of the outlook all is in
    it. Raises InputError for a rate shock without one.
    """
    rates = receipts.outlook.rates
    if layer == "open":
        table = side_by_side(receipts.cash, changes, grain, rates)
        table.insert(1, "layer", OPEN)
        return table
    parts = []
    for change in (Scenario(BASE, "the forecast itself", receipts.cash, rates), *changes):
        if rates is None and change.rates is not None:
            raise InputError("A rate shock shows in a base currency only; name one.")
        changed = receipts_under(receipts, change)
        table = _records(changed, grain, change.rates or rates)
        parts.append(table.assign(scenario=change.name))
    both = pd.concat(parts, ignore_index=True)
    key = ["currency", "part", "starts_on"]
    base = both[(both["scenario"] == BASE).to_numpy()].set_index(key)["expected"]
    was = base.reindex(pd.MultiIndex.from_frame(both[key])).fillna(0).to_numpy(np.int64)
    both["difference"] = both["expected"].to_numpy(np.int64) - was
    first = ["scenario", "layer", "as_of", "currency", "part", "starts_on", "ends_on", "expected",
             OPEN, NEW]  # fmt: skip
    return both[[*first, "p10", "p50", "p90", "difference"]]


def receipts_under(receipts: Receipts, change: Scenario) -> Receipts:
    """All receipts under a change of the open invoices, and of the coming ones where it bears."""
    return replace(receipts, cash=change.cash, band=_changed_band(receipts, change))


def described(change: Scenario, layer: Layer) -> str:
    """A change in words, with what it leaves alone of the layer asked for."""
    word = change.name.partition(":")[0]
    bears = layer == "open" or word in ("slower", "stops", "fx")
    return change.description + ("" if bears else KEPT_BAND)


def _changed_band(receipts: Receipts, change: Scenario) -> UnbilledCash:
    word, *parameters = change.name.split(":")
    if word == "slower":
        return slowed_band(receipts.band, finite_number(*parameters))
    if word == "stops":
        column, name = STOPPING[parameters[0]], ":".join(parameters[1:])
        return band_without(receipts.band, billed_shares(receipts.outlook.history, column, name))
    return receipts.band


def _records(receipts: Receipts, grain: str, rates: BaseRates | None) -> pd.DataFrame:
    """All receipts by bucket, then what of the open balance comes in none."""
    cash = receipts.cash
    if rates is not None:
        table, balance = receipts_in_base(receipts, grain, rates)
    else:
        keys = ["currency", "starts_on", "ends_on"]
        table, balance = receipts.in_all(grain), cash.balance()
        for name, layer in ((OPEN, cash.by(grain, levels=())), (NEW, receipts.band.by(grain, ()))):
            side = layer[[*keys, "expected"]].rename(columns={"expected": name})
            table = table.merge(side, on=keys, how="left")
    table = table.assign(part=grain, layer=ALL)
    rest = balance.melt(
        ["currency"], ["settled_by_credits", "beyond_horizon", "never"], "part", "expected"
    )
    rest = rest.assign(layer=OPEN, starts_on=NEVER, ends_on=NEVER, **{OPEN: rest["expected"]})
    both = pd.concat([table, rest], ignore_index=True).assign(as_of=cash.as_of)
    cents = ["expected", OPEN, NEW, "p10", "p50", "p90"]
    both[cents] = both[cents].astype("Int64")
    both[[OPEN, NEW]] = both[[OPEN, NEW]].fillna(0)
    return both.sort_values(["currency"], kind="stable", ignore_index=True)
