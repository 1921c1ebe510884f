"""Defaults against what was expected of them: so far, and over whole horizons that have passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import nbinom, norm

from payrisk.calendar import iso
from payrisk.features.arrears import treated
from payrisk.learning.default import Landmark, defaulted_within
from payrisk.ledger import Ledger
from payrisk.monitoring.windows import Windows
from payrisk.scoring.chances import chance_of
from payrisk.scoring.default_risk import DefaultModel

EVERY_DAYS = 28
MOST_MATURED = 2
PRIOR_EVENTS = 5.0
"""Defaults that 'as many as expected' counts for in the model's own level."""

Floats = npt.NDArray[np.float64]


def default_readouts(
    ledger: Ledger, model: DefaultModel, windows: Windows, alarm: float
) -> pd.DataFrame:
    """One row a readout: defaults that came against those expected, treated customers apart.

    so far: of the customers of the first morning under watch, until now; what is usual is taken
    from the earlier spans, as no past morning has shown the model so short a horizon. matured: of
    mornings since training whose whole horizon has passed, at most the latest two; none before.
    Columns measure, group, morning, customers, happened, expected, treated_since (customers held
    or put on prepayment since that morning: left out, as they can no longer default in the
    ordinary way), treated_expected, treated_then, in_default_then and those of `held_to`. `alarm`
    is held over all rows.
    """
    days = windows.days
    past = [_readout(ledger, model, "", one.first, days, one.known) for one in windows.past]
    seen = sum(row["happened"] for row in past)
    usual = (seen + 1.0) / (sum(row["expected"] for row in past) + 1.0)
    row = _readout(ledger, model, "defaults so far", windows.current.first, days, windows.now)
    early = row | {"usual": usual}
    last = windows.now - model.horizon_days
    whole = list(range(last, windows.trained - 1, -EVERY_DAYS))[:MOST_MATURED]
    measure = f"defaults within {model.horizon_days} days"
    later = [
        _readout(ledger, model, measure, day, model.horizon_days, windows.now) for day in whole
    ]
    share = alarm / (1 + len(later))
    tables = [held_to([early], seen + 1.0, share)]
    if later:
        tables.append(held_to(later, model.n_events + PRIOR_EVENTS, share * len(later)))
    return pd.concat(tables, ignore_index=True)


def held_to(rows: Sequence[dict[str, Any]], shape: float, alarm: float) -> pd.DataFrame:
    """The rows, each with `happened` and `expected`, and how sure it is that they differ.

    Adds usual (1 where a row does not say: what happened over what was expected is usually so),
    ratio, off, p, alarm_from (the fewest defaults that would be an alarm), z, strength (above 1
    is an alarm) and is_alarm. Two-sided p of a negative binomial with that shape, the defaults
    that the level was learnt from: it is not known better. `alarm` is held over all rows.
    """
    share = alarm / max(len(rows), 1)
    found = []
    for row in rows:
        usual = float(row.get("usual", 1.0))
        expected, seen = float(row["expected"]) * usual, int(row["happened"])
        chance = shape / (shape + max(expected, 1e-9))
        above = float(nbinom.sf(seen - 1, shape, chance))
        below = float(nbinom.cdf(seen, shape, chance))
        p = max(min(1.0, 2.0 * min(above, below)), 1e-300)
        off = seen / expected - 1.0 if expected else float("nan")
        found.append(
            row
            | {
                "ratio": (1.0 + off) * usual,
                "usual": usual,
                "off": off,
                "p": p,
                "alarm_from": int(nbinom.isf(share / 2.0, shape, chance)) + 1,
                "z": float(norm.isf(p / 2.0)) * (1.0 if off > 0.0 else -1.0),
                "strength": float(norm.isf(p / 2.0) / norm.isf(share / 2.0)),
                "is_alarm": p < share,
            }
        )
    return pd.DataFrame(found)


def _readout(
    ledger: Ledger, model: DefaultModel, measure: str, day: int, horizon: int, now: int
) -> dict[str, Any]:
    history, later = ledger.as_of(day), ledger.as_of(now)
    rule = model.roll_up.rule
    assert model.roll_up.curves is not None
    there = Landmark.at(history, model.roll_up.curves, rule)
    ids = there.customer_ids
    rows = model.rows(history, ids, horizon) if ids else pd.DataFrame()
    said = chance_of(model.said(rows)["score"]) if ids else np.zeros(0)
    came = defaulted_within(later, ids, day, horizon, rule)
    held = treated(later)
    # who defaulted before being held defaulted in the ordinary way
    apart = np.array([c in held for c in ids], dtype=bool) & ~came
    return {
        "measure": measure,
        "group": "all",
        "morning": iso(day),
        "customers": int((~apart).sum()),
        "happened": float(came[~apart].sum()),
        "expected": float(np.sum(said[~apart])),
        "treated_since": int(apart.sum()),
        "treated_expected": float(np.sum(said[apart])),
        "treated_then": there.n_treated,
        "in_default_then": there.n_in_default,
    }


def power(rows: Sequence[Mapping[Any, Any]]) -> str:
    """How much worse it would have to get to be seen, in words."""
    one = rows[0]
    return (
        f"{one['happened']:.0f} defaults so far, {one['expected'] * one['usual']:.1f} usual;"
        f" from {one['alarm_from']:.0f} on it would be an alarm."
    )
