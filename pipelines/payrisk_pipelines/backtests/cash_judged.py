"""What came of a backtest of cash: totals beside what arrived, measured and compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from payrisk.calendar import iso
from payrisk.cash.forecasting.forecast import quantile_name
from payrisk.cash.intervals.measures import bias, is_covered, net_accuracy, wape
from payrisk.errors import InputError
from payrisk.predictions import Dependence
from payrisk_pipelines.backtests.cash_spans import bias_of_totals, by_span

OURS = "payrisk"


LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)


DAYS_JUDGED = 14
"""Days ahead that the daily measures are of, as a treasurer plans days no further."""


KEYS = ["landmark", "grain", "starts_on", "currency", "model"]


FILE = [*KEYS, "expected", *map(quantile_name, LEVELS), "actual", "from_open"]


@dataclass(frozen=True)
class CashBacktest:
    """rows: `FILE` columns plus `crps`; days as numbers, money in cents.

    train_as_of, dependence: what ours rested on; n_stored: closed weeks known at training.
    """

    rows: pd.DataFrame
    train_as_of: int
    weeks: int
    dependence: Dependence
    n_stored: int

    def table(self, *, from_open: bool = True) -> pd.DataFrame:
        """A row a currency and model: weekly and daily measures, the largest currency first."""
        rows = self.rows[self.rows["from_open"] == from_open]
        whole = rows[rows["grain"] == "week"].groupby("currency")["actual"].sum()
        order = list(whole.sort_values(ascending=False).index)
        ranks = {name: rank for rank, name in enumerate(order)}
        tables = [
            {"currency": currency, "model": model, **_measures(model_rows)}
            for (currency, model), model_rows in rows.groupby(["currency", "model"], sort=False)
            if whole[currency] > 0
        ]
        table = pd.DataFrame(tables)
        place = table["currency"].map(ranks)
        return table.iloc[np.argsort(place.to_numpy(), kind="stable")].reset_index(drop=True)

    def by_span(self) -> pd.DataFrame:
        """Receipts in all over weeks 1-4, 5-8 and totals of several weeks, see `cash_spans`."""
        return by_span(self.rows[~self.rows["from_open"].to_numpy(bool)])

    def bias_of_totals(self) -> pd.DataFrame:
        """Receipts in all: bias of totals of several weeks by currency and model."""
        return bias_of_totals(self.rows[~self.rows["from_open"].to_numpy(bool)])

    def by_week_ahead(self) -> pd.DataFrame:
        """Ours from open invoices, a row a week ahead: error, coverage and width."""
        rows = self.rows[(self.rows["model"] == OURS) & self.rows["from_open"]]
        rows = rows[rows["grain"] == "week"]
        ahead = (rows["starts_on"] - rows["landmark"]) // 7 + 1
        return pd.DataFrame(
            [
                {"currency": currency, "week_ahead": week, **_of_grain(week_rows)}
                for (currency, week), week_rows in rows.groupby([rows["currency"], ahead])
            ]
        )

    def baseline_wins(self) -> pd.DataFrame:
        """Landmarks and currencies where a baseline's weekly WAPE was lower than ours."""
        rows = self.rows[(self.rows["grain"] == "week") & self.rows["from_open"]]
        errors = pd.DataFrame(
            [
                (
                    *key,
                    wape(
                        model_rows["expected"].to_numpy(float),
                        model_rows["actual"].to_numpy(float),
                    ),
                )
                for key, model_rows in rows.groupby(["currency", "landmark", "model"])
            ],
            columns=["currency", "landmark", "model", "weekly_wape"],
        )
        ours = errors[errors["model"] == OURS].drop(columns="model")
        both = errors.merge(ours, on=["currency", "landmark"], suffixes=("", "_ours"))
        lost = both[both["weekly_wape"] < both["weekly_wape_ours"]]
        return lost.assign(landmark=[iso(day) for day in lost["landmark"]])

    @property
    def sentence(self) -> str:
        """What stands behind the figures."""
        days = self.rows["landmark"].unique()
        d = self.dependence
        return (
            f"{len(days)} landmarks {iso(min(days))} … {iso(max(days))}, {self.weeks} weeks ahead,"
            f" trained on facts recorded before {iso(self.train_as_of)}. Dependence fitted then:"
            f" customer and due date {d.customer_due:g}, customer {d.customer:g}, everyone"
            f" {d.everyone:g}; intervals stretched by {self.n_stored} closed weeks known then and"
            " by those closed since. WAPE adds up every miss; net accuracy lets misses of opposite"
            " sign cancel, so it flatters everyone. Daily measures are of the first"
            f" {DAYS_JUDGED} days."
        )

    def write(self, path: Path) -> None:
        """Write the rows to a Parquet file; raises InputError where it cannot be written."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = self.rows[FILE]
        arrays = {name: pa.array(table[name]) for name in FILE}
        for name in ("landmark", "starts_on"):
            arrays[name] = pa.array(table[name].to_numpy(np.int32)).cast(pa.date32())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.table(arrays), path)
        except OSError as error:
            raise InputError(
                f"'{path}' cannot be written ({error.strerror}); choose another."
            ) from None


def _of_grain(model_rows: pd.DataFrame) -> dict[str, float]:
    expected, actual = (model_rows[name].to_numpy(np.float64) for name in ("expected", "actual"))
    q = {name: model_rows[name].to_numpy(np.float64) for name in map(quantile_name, LEVELS)}
    whole = float(actual.sum()) or float("nan")
    return {
        "wape": wape(expected, actual),
        "bias": bias(expected, actual),
        "net_accuracy": net_accuracy(expected, actual),
        "cover_80": float(is_covered(q["p10"], q["p90"], actual).mean()),
        "cover_95": float(is_covered(q["p025"], q["p975"], actual).mean()),
        "width_80": float((q["p90"] - q["p10"]).sum()) / whole,
        "crps": float(model_rows["crps"].sum()) / whole,
    }


def _measures(model_rows: pd.DataFrame) -> dict[str, float]:
    week, day = model_rows[model_rows["grain"] == "week"], model_rows[model_rows["grain"] == "day"]
    near = week[week["starts_on"] < week["landmark"] + 28]
    day = day[day["starts_on"] < day["landmark"] + DAYS_JUDGED]
    all_weeks, first, days = _of_grain(week), _of_grain(near), _of_grain(day)
    return {
        "weekly_wape": all_weeks["wape"],
        "daily_wape": days["wape"],
        "bias": all_weeks["bias"],
        "net_accuracy": all_weeks["net_accuracy"],
        "cover_80_wk_1_4": first["cover_80"],
        "cover_95_wk_1_4": first["cover_95"],
        "cover_80": all_weeks["cover_80"],
        "cover_95": all_weeks["cover_95"],
        "width_80": all_weeks["width_80"],
        "weekly_crps": all_weeks["crps"],
        "daily_crps": days["crps"],
    }
