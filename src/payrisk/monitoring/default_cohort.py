"""The customers of a past morning followed: the chance each was given, and whether it defaulted.

A customer put on hold or prepayment later can no longer default in the ordinary way. Leaving it
out would condition on the outcome, for a default before the hold counts; so it counts until the
hold, with the chance that the model gives it within those days. What no count can mend: where
holds go to those about to default, the others are better than was said of them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.arrays import Floats
from payrisk.calendar import NEVER
from payrisk.learning.default_risk.landmarks import Landmark
from payrisk.ledger import DefaultRule, History, Ledger
from payrisk.monitoring.drift import WatchedColumns
from payrisk.monitoring.on_hold import on_hold_since
from payrisk.monitoring.windows import Windows
from payrisk.receivables.arrears import Arrears
from payrisk.scoring.default_risk.model import DefaultModel
from payrisk.scoring.log_odds import probability_of

LEAST_STEP_DAYS = 7
SETTLED = ((1, 5, 20, 100), ("0", "1-4", "5-19", "20-99", "100+"))


@dataclass(frozen=True)
class DefaultCohort:
    """One morning's customers that could default, and what came of them within some days.

    rows: indexed by customer: said (the chance of a default within the days that it was followed),
    whole (within all of them), came (whether one began in those days), is_held (followed until a
    hold only), country and "settled invoices" (a band of those known). n_treated, n_in_default:
    customers left out as they were treated apart, or in default, that morning.
    """

    morning: int
    rows: pd.DataFrame
    n_treated: int
    n_in_default: int


def follow_customers(
    ledger: Ledger, model: DefaultModel, day: int, days: int, now: int
) -> DefaultCohort:
    """The customers of the morning `day` followed for `days`, by what was known at `now`."""
    there = landmark(ledger.as_of(day), model)
    later, rule = ledger.as_of(now), model.roll_up.rule
    ids = pd.Index(there.customer_ids, dtype=object)
    whole = predicted_chances(model, there, days)
    held = on_hold_since(later, day)
    hold = np.array([held.get(customer, NEVER) for customer in ids], dtype=np.int64)
    end = np.minimum(hold, day + days)
    spells = Arrears.of(later, rule).spells
    spells = spells[spells["default_on"] >= day]
    first = spells.groupby("customer_id")["default_on"].min().reindex(ids)
    came = first.fillna(NEVER).to_numpy(dtype=np.int64) < end
    is_held = end < day + days
    chances = whole.copy()
    for until in np.unique(end[is_held]):
        these = end == until
        names = [customer for customer, is_one in zip(ids, these, strict=True) if is_one]
        chances[these] = predicted_chances(model, there, int(until - day), names)
    return DefaultCohort(
        day,
        customer_groups_of(there, rule).assign(
            said=chances, whole=whole, came=came, is_held=is_held
        ),
        there.n_treated,
        there.n_in_default,
    )


def predictions(
    ledger: Ledger, model: DefaultModel, windows: Windows, *, most: int, seed: int = 0
) -> WatchedColumns:
    """What the model says of customers, on two mornings of each span and as often before.

    More mornings would say the same again: a customer's risk moves slowly, and each costs seconds.
    About `most` answers in all: of the same customers every time, drawn by the seed.
    """
    mornings = range(windows.now, windows.first, -max(windows.days // 2, LEAST_STEP_DAYS))
    invoices = ledger.tables["invoices"]
    named = set(invoices.loc[invoices["recorded_on"] < windows.now, "customer_id"])
    # those that go by another name since, too
    named |= set(ledger.as_of(windows.now).invoices()["customer_id"])
    ids = np.array(sorted(named), dtype=object)
    share = min(1.0, most / max(len(mornings) * len(ids), 1))
    sampled = ids[np.random.default_rng(seed).random(len(ids)) < share]
    chances, whose, days = (
        [np.zeros(0)],
        [np.zeros(0, dtype=np.int64)],
        [np.zeros(0, dtype=np.int64)],
    )
    for morning in mornings:
        there = landmark(ledger.as_of(morning), model)
        names = sorted(set(sampled) & set(there.customer_ids))
        chances.append(predicted_chances(model, there, model.horizon_days, names))
        whose.append(np.searchsorted(sampled, np.array(names, dtype=object)))
        # the evening its books are of
        days.append(np.full(len(names), morning - 1, dtype=np.int64))
    return WatchedColumns(
        (f"chance of a default within {model.horizon_days} days",),
        np.concatenate(chances)[:, None],
        (False,),
        np.concatenate(whose),
        np.concatenate(days),
    )


def landmark(history: History, model: DefaultModel) -> Landmark:
    """The customers of a morning that could default then."""
    assert model.roll_up.curves is not None
    return Landmark.at(history, model.roll_up.curves, model.roll_up.rule)


def predicted_chances(
    model: DefaultModel, there: Landmark, days: int, customers: list[str] | None = None
) -> Floats:
    """(n,) what the model says of the landmark's customers, or of some; 0 within no day."""
    ids = list(there.customer_ids) if customers is None else customers
    if not ids or days < 1:
        return np.zeros(len(ids))
    return probability_of(
        model.score_rows(model.rows(there.history, ids, days))["score"].to_numpy()
    )


def customer_groups_of(there: Landmark, rule: DefaultRule) -> pd.DataFrame:
    """The landmark's customers with what they are grouped by: country, settled invoices known."""
    ids = pd.Index(there.customer_ids, dtype=object)
    customers = there.history.known_rows("customers").drop_duplicates("customer_id", keep="last")
    country = customers.set_index("customer_id")["country"].reindex(ids).fillna("unknown")
    n = Arrears.of(there.history, rule).rows_of(ids)["n_settled"].to_numpy(dtype=np.int64)
    starts, names = SETTLED
    band = np.array(names, dtype=object)[np.searchsorted(starts, n, side="right")]
    return pd.DataFrame(
        {"country": country.to_numpy(dtype=object), "settled invoices": band}, index=ids
    )
