"""What a champion's bundle says of earlier cash forecasts: their dependence and closed weeks."""

from __future__ import annotations

from typing import Any

import numpy as np

from payrisk.cash.billing import billed, billing_country, ordered
from payrisk.cash.landmarks import PastWeeks
from payrisk.cash.unbilled import Unbilled, unbilled
from payrisk.errors import ModelError
from payrisk.ledger import History
from payrisk.predictions import Dependence


def cash_past(champion: Any) -> tuple[Dependence, PastWeeks]:
    """The dependence fitted and the closed weeks; the usual and none where it has no such papers.

    champion: a `payrisk.bundle.Bundle`. Raises ModelError when a paper cannot be read.
    """
    papers = getattr(champion, "beside", {})
    said = papers.get("dependence.json", {})
    try:
        shares = {name: float(said[name]) for name in ("customer_due", "customer", "everyone")}
    except KeyError:
        shares = {}
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"The dependence of this model cannot be read ({error}); train a new version."
        ) from None
    return Dependence(**shares), PastWeeks.from_json(papers.get("landmarks.json", []))


def not_yet_issued(
    champion: Any, history: History, *, horizon_days: int, n_draws: int = 600
) -> Unbilled:
    """The band of cash from invoices not yet issued, as sure as past weeks of it were.

    champion: a `payrisk.bundle.Bundle` whose landmarks tell how far past weeks missed.
    """
    layer = unbilled(
        billed(history),
        as_of=history.as_of,
        horizon_days=horizon_days,
        n_draws=n_draws,
        generator=np.random.default_rng(1),
        country=billing_country(history),
        orders=ordered(history),
    )
    return layer.held_to(cash_past(champion)[1].closed_before(history.as_of))
