"""Defaults against what was expected of them: so far, and over whole horizons that have passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from scipy.stats import nbinom, norm

from payrisk.calendar import iso
from payrisk.ledger import Ledger
from payrisk.monitoring.default_cohort import DefaultCohort, follow_customers
from payrisk.monitoring.windows import Windows
from payrisk.scoring.default_risk.model import DefaultModel

EVERY_DAYS = 28
MOST_MATURED = 2
PRIOR_EVENTS = 5.0
"""Defaults that 'as many as expected' counts for in the model's own level."""
LEAST_EXPECTED = 5.0
"""Defaults to be expected of a group before it is looked at alone."""
GROUPS = ("country", "settled invoices")


def default_readouts(
    ledger: Ledger, model: DefaultModel, windows: Windows, alarm: float
) -> pd.DataFrame:
    """One row a readout: defaults that came against those expected.

    so far: of the customers of the first morning under watch, until now; what is usual is taken
    from the earlier spans, as no past morning has shown the model so short a horizon. matured: of
    mornings since training whose whole horizon has passed, at most the latest two, held to those
    before training whose had; and groups (country, settled invoices) of the latest of them, where
    enough is expected. Columns measure, group, morning (YYYY-MM-DD), lag (days before the latest
    of its measure), customers, happened, expected, held_since (customers put on hold or prepayment
    since that morning: counted until then, see `follow_customers`), expected_later (what is left
    out of expected so), treated_then, in_default_then and those of `compare_with_expected`.
    `alarm` is held over all rows.
    """
    days, horizon = windows.days, model.horizon_days
    past = [
        follow_customers(ledger, model, span.first, days, span.known_before)
        for span in windows.past
    ]
    now = follow_customers(ledger, model, windows.current.first, days, windows.now)
    early, shape = _usual(_row(now, "defaults so far"), [_row(span, "") for span in past])
    last = windows.now - horizon
    mornings = list(range(last, windows.trained - 1, -EVERY_DAYS))[:MOST_MATURED]
    whole = [follow_customers(ledger, model, day, horizon, windows.now) for day in mornings]
    # whole horizons beside each other before training: no default counts twice
    earlier = range(windows.trained - horizon, windows.first, -horizon) if whole else ()
    before = [follow_customers(ledger, model, day, horizon, windows.trained) for day in earlier]
    measure = f"defaults within {horizon} days"
    usual = [_row(span, measure) for span in before]
    later = [
        _usual(_row(span, measure, lag=last - span.morning), usual)
        if before
        else (_row(span, measure, lag=last - span.morning), model.n_events + PRIOR_EVENTS)
        for span in whole
    ]
    parts = _parts(whole[:1], before, measure)
    share = alarm / (1 + len(later) + bool(parts))
    tables = [compare_with_expected([early], shape, share)]
    tables += [compare_with_expected([row], shape, share) for row, shape in later]
    tables += [compare_with_expected([row], shape, share / len(parts)) for row, shape in parts]
    return pd.concat(tables, ignore_index=True)


def _parts(
    whole: Sequence[DefaultCohort], before: Sequence[DefaultCohort], measure: str
) -> list[tuple[dict[str, Any], float]]:
    """The groups of a matured morning of which enough is expected, each with its shape."""
    rows = []
    for cohort in whole if before else ():
        for title in GROUPS:
            names = sorted(set(cohort.rows[title]))
            for name in names if len(names) > 1 else ():
                current, *past = (_row(each, measure, (title, name)) for each in (cohort, *before))
                row, shape = _usual(current, past)
                if row["expected"] * row["usual"] >= LEAST_EXPECTED:
                    rows.append((row, shape))
    return rows


def _usual(row: dict[str, Any], past: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], float]:
    """The row with what is usual, and how many defaults that is known from."""
    happened = sum(row_then["happened"] for row_then in past) + 1.0
    return row | {
        "usual": happened / (sum(row_then["expected"] for row_then in past) + 1.0)
    }, happened


def _row(
    cohort: DefaultCohort, measure: str, group: tuple[str, str] | None = None, *, lag: int = 0
) -> dict[str, Any]:
    rows = cohort.rows if group is None else cohort.rows[cohort.rows[group[0]] == group[1]]
    return {
        "measure": measure,
        "group": "all" if group is None else f"{group[0]}: {group[1]}",
        "morning": iso(cohort.morning),
        "lag": lag,
        "customers": len(rows),
        "happened": float(rows["came"].sum()),
        "expected": float(rows["said"].sum()),
        "held_since": int(rows["is_held"].sum()),
        "expected_later": float((rows["whole"] - rows["said"]).sum()),
        "treated_then": cohort.n_treated,
        "in_default_then": cohort.n_in_default,
    }


def compare_with_expected(
    rows: Sequence[dict[str, Any]], shape: float, alarm: float
) -> pd.DataFrame:
    """The rows, each with `happened` and `expected`, and how sure it is that they differ.

    Adds usual (1 where a row does not say: what happened over what was expected is usually so),
    ratio, off, p, alarm_from (the fewest defaults that would be an alarm), z, strength (above 1
    is an alarm) and is_alarm. Two-sided p of a negative binomial with that shape, the defaults
    that the level was learnt from: it is not known better. `alarm` is held over all rows.
    """
    share = alarm / max(len(rows), 1)
    compared = []
    for row in rows:
        usual = float(row.get("usual", 1.0))
        expected, happened = float(row["expected"]) * usual, int(row["happened"])
        chance = shape / (shape + max(expected, 1e-9))
        above = float(nbinom.sf(happened - 1, shape, chance))
        below = float(nbinom.cdf(happened, shape, chance))
        p = max(min(1.0, 2.0 * min(above, below)), 1e-300)
        off = happened / expected - 1.0 if expected else float("nan")
        compared.append(
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
    return pd.DataFrame(compared)


def smallest_visible_rise(rows: Sequence[Mapping[Any, Any]]) -> str:
    """How much worse it would have to get to be seen, in words."""
    row = rows[0]
    return (
        f"{row['happened']:.0f} defaults so far, {row['expected'] * row['usual']:.1f} usual;"
        f" from {row['alarm_from']:.0f} on it would be an alarm."
    )


def note_on_holds(table: pd.DataFrame) -> list[str]:
    """How those on hold since are counted, in words; nothing where there are none."""
    n = int(table["held_since"].max())
    sentence = (
        f"{n} customers put on hold or prepayment since count until then. Where holds go to those"
        " about to default, fewer defaults come than were expected."
    )
    return [sentence] if n else []


def note_on_unmatured(table: pd.DataFrame, horizon_days: int) -> list[str]:
    """What has not matured yet, and which groups are too small, in words; nothing otherwise."""
    if len(table) == 1:
        return [f"No horizon of {horizon_days} days has passed since training: none has matured."]
    small = (
        f"No group is looked at alone: fewer than {LEAST_EXPECTED:.0f} defaults are expected of"
        " each, or no whole horizon lies before training."
    )
    return [small] if set(table["group"]) == {"all"} else []
