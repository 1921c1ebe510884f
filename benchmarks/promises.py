"""Promises to pay: is the chance that one is kept right, and what does it bring the forecast.

    payrisk bench promises [--json] [--seeds 7101 7102 ...] [--customers 300] [--curves hazard]

Made-up companies in which customer, channel and lead decide whether a promise is kept
(`World.has_binding_promises`), twelve mornings each, every promise on an invoice that waits then.

chances: the learnt chance beside the share of promises kept so far: Brier score, its difference
with the 95 % interval from drawing companies anew, and the expected calibration error in tenths.
oracle is the true chance when it was made, to which no waiting is told. reliability: by tenths,
what was said and what came.

forecast: invoices under a promise. crps: days of 91, by invoice; wape: cash by week of those in
euros. model: no promise read; certain: all of it on its day, as was done before; usual: as learnt,
but with the share kept so far for every promise; learnt: as it ships. Ratios to `certain` and
`model` with intervals as above. The curves are the shrunk ECDF's of the morning before the first,
or the daily hazard's, of fewer rounds.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
import pandas as pd
from _over_companies import ece, ratio
from _running import say
from _tables import printed

from payrisk.arrays import Floats
from payrisk.cash.forecasting.bank_days import bank_calendars, landed_as_known
from payrisk.cash.forecasting.preparing import forecast
from payrisk.cash.views.adjusting import adjust, promised_dates
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.ledger import Ledger
from payrisk.receivables.agreements.promise_keeping import PromiseKeeping
from payrisk.receivables.agreements.promises import KEPT_SHARE, promises
from payrisk.simulate import World, simulate
from payrisk_models import spec

SEEDS = tuple(range(7101, 7125))
"""Not among those looked at while building (21, 31-36)."""
WORLD = World(has_binding_promises=True, promise_share=0.7)
MONTHS, MORNINGS, EVERY, HORIZON = 36, 12, 30, 91
VIEWS = ("model", "certain", "usual", "learnt")
KEY = ["invoice_id", "instalment"]


def company(seed: int, customers: int, curves: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A line a promise and morning, and a line a morning, week and view with its absolute miss."""
    made = simulate(customers, MONTHS, seed, world=WORLD)
    ledger = Ledger.from_tables(made.tables)[0]
    first = ledger.last_day - HORIZON - EVERY * MORNINGS
    history = ledger.as_of(first - 1)
    model = (
        fit_shrunk_ecdf(history) if curves == "ecdf" else spec("days-to-pay").fit_sketch(history)
    )
    paid_on = made.truth.set_index(KEY)["paid_on"]
    true = made.promises_truth.rename(columns={"subject": "invoice_id"})
    true = true.set_index([*KEY, "happened_on", "refers_on"])["probability"]
    true = true[~true.index.duplicated()]
    after = promises(ledger.as_of(ledger.last_day + 1)).set_index("event_row")
    lines, weeks = [], []
    for as_of in range(first, first + EVERY * MORNINGS, EVERY):
        history = ledger.as_of(as_of)
        every = promises(history)
        keeping = PromiseKeeping.of(history, every)
        overrides = promised_dates(history, keeping)
        overrides = overrides[(overrides["expires_on"] >= as_of).to_numpy()]
        open_ = history.open_invoices()
        cash = forecast(
            open_,
            model.curves(history, open_, "money"),
            history.credit_balances(),
            as_of=as_of,
            generator=np.random.default_rng(0),
            n_draws=2,
        )
        cash = landed_as_known(cash, history)
        places = bank_calendars(history.known_rows("entities"))
        share = keeping.n_kept / max(keeping.n, 1)
        sure = overrides.assign(probability=1.0, source="user")
        views = {
            "model": cash,
            "certain": adjust(cash, sure, places).cash,
            "usual": adjust(cash, overrides.assign(probability=share), places, keeping).cash,
            "learnt": adjust(cash, overrides, places, keeping).cash,
        }
        applied = adjust(cash, overrides, places, keeping).overrides
        applied = applied[(applied["status"] == "applied").to_numpy()]
        rows = pd.MultiIndex.from_frame(cash.invoices[KEY].astype({"invoice_id": object}))
        at = rows.get_indexer(
            pd.MultiIndex.from_frame(applied[KEY].astype({"invoice_id": object}))
        )
        waits = cash.invoices.iloc[at]
        days = paid_on.reindex(pd.MultiIndex.from_frame(waits[KEY])).to_numpy() - as_of
        came = np.arange(HORIZON) >= days[:, None]
        said = every[(every["invoice_row"] >= 0).to_numpy()]
        said = said.set_index("event_row")
        invoice = history.facts.tables["invoices"].iloc[said["invoice_row"].to_numpy()]
        said["invoice_id"], said["instalment"] = (
            invoice["invoice_id"].array,
            invoice["instalment"].array,
        )
        said = said.sort_values("made_on", kind="stable").reset_index()
        said = said.drop_duplicates(KEY, keep="last").set_index(KEY)
        event = said.reindex(pd.MultiIndex.from_frame(waits[KEY]))
        then = after.reindex(event["event_row"])
        moment = pd.MultiIndex.from_arrays(
            [waits["invoice_id"], waits["instalment"], event["made_on"], event["promised_on"]]
        )
        line: dict[str, Any] = {
            "seed": seed,
            "learnt": applied["probability"].to_numpy(),
            "usual": share,
            "oracle": true.reindex(moment).to_numpy(),
            "is_kept": (then["received"] >= KEPT_SHARE * then["promised"]).to_numpy(),
        }
        is_euro = (waits["currency"] == "EUR").to_numpy()
        cents = waits["expected_from"].to_numpy(np.float64)
        actual = _weekly(
            np.diff(came.astype(float), axis=1, prepend=0.0) * cents[:, None], is_euro
        )
        for name, view in views.items():
            whole = view.expected[at].astype(np.float64)
            by_day = (
                np.cumsum(whole[:, :HORIZON], axis=1) / np.maximum(whole.sum(axis=1), 1)[:, None]
            )
            line[f"crps {name}"] = ((by_day - came) ** 2).sum(axis=1)
            miss = np.abs(_weekly(whole[:, :HORIZON], is_euro) - actual).sum()
            weeks.append({"seed": seed, "view": name, "miss": miss, "actual": actual.sum()})
        lines.append(pd.DataFrame(line))
    return pd.concat(lines, ignore_index=True), pd.DataFrame(weeks)


def _weekly(by_day: Floats, rows: Any) -> Floats:
    return np.add.reduceat(by_day[rows].sum(axis=0), np.arange(0, HORIZON, 7))


def ece_interval(lines: pd.DataFrame) -> tuple[float, float]:
    """The 95 % interval of the calibration error from drawing companies anew."""
    parts = [one for _, one in lines.groupby("seed")]
    rng = np.random.default_rng(0)
    values = []
    for _ in range(500):
        drawn = pd.concat([parts[k] for k in rng.integers(0, len(parts), len(parts))])
        values.append(ece(drawn["learnt"].to_numpy(), drawn["is_kept"].to_numpy(float)))
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def tables(lines: pd.DataFrame, weeks: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """The three tables of the docstring."""
    came = lines["is_kept"].to_numpy(float)
    n = lines.groupby("seed").size().to_numpy(float)
    brier = {
        name: ((lines[name] - came) ** 2).groupby(lines["seed"]).sum().to_numpy()
        for name in ("learnt", "usual", "oracle")
    }
    chances = []
    for name, losses in brier.items():
        middle, low, high = ratio(losses - brier["usual"], n)
        row = {"said": name, "n": len(lines), "brier": losses.sum() / n.sum(),
               "against_usual": middle, "low": low, "high": high,
               "ece": ece(lines[name].to_numpy(), came)}  # fmt: skip
        chances.append(row)
    chances[0]["ece_low"], chances[0]["ece_high"] = ece_interval(lines)
    tenth = np.minimum((lines["learnt"] * 10).astype(int), 9)
    reliability = [
        {"tenth": f"{10 * k}-{10 * k + 10} %", "n": len(of), "said": of["learnt"].mean(),
         "came": of["is_kept"].mean()}
        for k, of in lines.groupby(tenth)
    ]  # fmt: skip
    missed = weeks.groupby(["view", "seed"])[["miss", "actual"]].sum()
    made = []
    for name in VIEWS:
        crps = lines.groupby("seed")[[f"crps {view}" for view in VIEWS]].sum()
        of = missed.loc[name]
        row = {"view": name, "crps": crps[f"crps {name}"].sum() / n.sum(),
               "wape": of["miss"].sum() / of["actual"].sum()}  # fmt: skip
        for beside in ("certain", "model"):
            of_crps = ratio(crps[f"crps {name}"].to_numpy(), crps[f"crps {beside}"].to_numpy())
            of_wape = ratio(
                missed.loc[name, "miss"].to_numpy(), missed.loc[beside, "miss"].to_numpy()
            )
            for figure, values in (("crps", of_crps), ("wape", of_wape)):
                row[f"{figure} / {beside}"] = "{:.3f} [{:.3f}, {:.3f}]".format(*values)
        made.append(row)
    return {"chances": chances, "reliability": reliability, "forecast": made}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--curves", choices=("ecdf", "hazard"), default="ecdf")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    parts = []
    for seed in asked.seeds:
        say(f"company {seed}")
        parts.append(company(seed, asked.customers, asked.curves))
    made = tables(pd.concat([p[0] for p in parts]), pd.concat([p[1] for p in parts]))
    if asked.json:
        print(json.dumps(made, indent=2))
    else:
        for title, rows in made.items():
            printed(title, rows)


if __name__ == "__main__":
    main()
