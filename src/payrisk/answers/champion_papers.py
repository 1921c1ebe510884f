"""What a champion's bundle says of past cash, and the band of cash not yet issued from it."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from payrisk.cash.forecasting.bank_days import bank_calendars
from payrisk.cash.forecasting.draws import everyone_factor
from payrisk.cash.forecasting.instant import InstantShares
from payrisk.cash.intervals.landmarks import PastWeeks
from payrisk.cash.layers.billing import billed_invoices, billing_country, dated_orders
from payrisk.cash.layers.paying_profile import PayingShock
from payrisk.cash.layers.unbilled import UnbilledCash, forecast_unbilled
from payrisk.cash.layers.value_dates import ValueLags, unbilled_on_bank_days
from payrisk.errors import ModelError
from payrisk.ledger import History
from payrisk.predictions import Dependence

Intercompany = Literal["with", "without", "only"]

RECENT_DAYS = 365
"""Days whose invoices say which entities bill in a currency."""


class PastCash(NamedTuple):
    """What a champion knows of earlier cash: how payments hang together, how forecasts missed."""

    dependence: Dependence
    weeks: PastWeeks


def past_cash(champion: Any) -> PastCash:
    """The dependence fitted and the closed weeks; the usual and none where it has no such papers.

    champion: a `payrisk.bundle.Bundle`. Raises ModelError when a paper cannot be read.
    """
    papers = getattr(champion, "cash_papers", {})
    paper = papers.get("dependence.json", {})
    try:
        shares = {name: float(paper[name]) for name in ("customer_due", "customer", "everyone")}
    except KeyError:
        shares = {}
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"The dependence of this model cannot be read ({error}); train a new version."
        ) from None
    weeks = PastWeeks.from_json(papers.get("landmarks.json", []))
    return PastCash(Dependence(**shares), weeks)


def not_yet_issued(
    champion: Any,
    history: History,
    *,
    horizon_days: int,
    n_draws: int = 600,
    intercompany: Intercompany = "with",
    lags: ValueLags | None = None,
) -> UnbilledCash:
    """The band of cash from invoices not yet issued, as sure as past weeks of it were.

    champion: a `payrisk.bundle.Bundle` whose landmarks tell how far past weeks missed.
    intercompany: with our own group's customers, without them, or them only. lags: counts cash
    on the day it has value, not the day it is booked. Nothing comes on a closed bank day.
    """
    rows, invoices = billed_invoices(history), history.invoices()
    if intercompany != "with":
        is_intercompany = rows["customer_id"].isin(intercompany_customers(history)).to_numpy()
        rows = rows[is_intercompany if intercompany == "only" else ~is_intercompany]
    past = past_cash(champion)
    layer = forecast_unbilled(
        rows,
        as_of=history.as_of,
        horizon_days=horizon_days,
        n_draws=n_draws,
        generator=np.random.default_rng(1),
        country=billing_country(history),
        orders=dated_orders(history),
        # The open invoices' draws begin with this seed, so a late draw is late in both layers.
        paying=PayingShock(
            everyone_factor(n_draws, np.random.default_rng(0)), past.dependence.everyone
        ),
    )
    layer = layer.widened_by(past.weeks.closed_before(history.as_of))
    recent = invoices[(invoices["issued_on"] >= history.as_of - RECENT_DAYS).to_numpy()]
    billing = {
        str(currency): sorted(set(names.astype(str)))
        for currency, names in recent.groupby("currency")["entity_id"]
    }
    places = bank_calendars(history.known_rows("entities"))
    instant = InstantShares.of(history.known_rows("credits"), places)
    return unbilled_on_bank_days(layer, billing, places, lags, instant)


def intercompany_customers(history: History) -> set[str]:
    """The customers of our own group that are known."""
    customers = history.customers()
    return set(customers.loc[customers["is_intercompany"].to_numpy(bool), "customer_id"])
