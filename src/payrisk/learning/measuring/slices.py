"""What judged rows are grouped by: customer size, country, entity, terms, amount, age, weekday."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import NEVER, weekday
from payrisk.ledger import History
from payrisk.receivables.days_late import SettlementHistory

MOST_NAMED = 10
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
QUARTERS = ("smallest quarter", "second quarter", "third quarter", "largest quarter")


def n_settled_known(rows: pd.DataFrame, histories: Mapping[int, History]) -> Ints:
    """(n,) settled invoices of each row's customer that were known on the morning of its as_of."""
    n_settled = np.zeros(len(rows), dtype=np.int64)
    for day, places in rows.groupby("as_of", sort=True).indices.items():
        ids = rows["customer_id"].iloc[places]
        n_settled[places] = SettlementHistory.of(histories[int(day)]).n_paid_of(pd.Index(ids))
    return n_settled


def slice_labels(rows: pd.DataFrame) -> dict[str, pd.Categorical]:
    """Title → the group of each row, groups in the order of a table.

    rows: as of `Comparison`. Everything but the weekday of payment is known at as_of. What puts
    all rows into one group is left out.
    """
    days = {c: rows[c].to_numpy(dtype=np.int64) for c in ("as_of", "issued_on", "due_on")}
    paid = rows["paid_on"].to_numpy(dtype=np.int64)
    late = days["as_of"] - days["due_on"]
    is_unseen = rows["is_unseen"].to_numpy(dtype=bool)
    groups = {
        "customer": _named(is_unseen, ("seen in training", "unseen in training")),
        "overdue": _named(late > 0, ("not overdue at as_of", "overdue at as_of")),
        "days to due": _banded(
            -late,
            (-60, -30, 0, 8, 31),
            (
                "61+ overdue",
                "31-60 overdue",
                "1-30 overdue",
                "due in 0-7",
                "due in 8-30",
                "due in 31+",
            ),
        ),
        "age": _banded(
            days["as_of"] - days["issued_on"],
            (1, 31, 61, 91),
            ("at issue", "1-30 days", "31-60 days", "61-90 days", "91+ days"),
        ),
        "terms": _banded(
            days["due_on"] - days["issued_on"],
            (8, 15, 31, 61),
            ("0-7 days", "8-14 days", "15-30 days", "31-60 days", "61+ days"),
        ),
        "amount": _named(_quarter(rows), QUARTERS),
        "country": _most(rows["country"]),
        "currency": _most(rows["currency"]),
        "weekday due": _named(weekday(days["due_on"]), WEEKDAYS),
        "weekday paid": _named(
            np.where(paid < NEVER, weekday(np.minimum(paid, NEVER)), 7), (*WEEKDAYS, "not paid")
        ),
    }
    if "entity_id" in rows:
        groups["entity"] = _most(rows["entity_id"])
    if "n_settled" in rows:
        by_settled = _banded(
            rows["n_settled"].to_numpy(dtype=np.int64),
            (1, 5, 20, 100),
            ("0", "1-4", "5-19", "20-99", "100+"),
        )
        groups = {"settled invoices known": by_settled} | groups
    return {title: labels for title, labels in groups.items() if len(set(labels.codes)) > 1}


def _named(codes: npt.NDArray[np.generic], names: Sequence[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes.astype(np.int64), categories=list(names))


def _banded(values: Ints, starts: Sequence[int], names: Sequence[str]) -> pd.Categorical:
    """The band of each value; `starts` are the least values of all bands but the first."""
    return _named(np.searchsorted(np.asarray(starts), values, side="right"), names)


def _quarter(rows: pd.DataFrame) -> Ints:
    """(n,) quarter of each amount among those of its currency; equal amounts stay together."""
    rank = rows.groupby("currency")["amount"].rank(method="max", pct=True)
    quarter = np.ceil(rank.to_numpy(dtype=np.float64) * 4) - 1
    return np.asarray(np.clip(quarter, 0, 3), dtype=np.int64)


def _most(codes: pd.Series) -> pd.Categorical:
    """The names of most rows, then the others and the unknown."""
    counts = codes.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    names = [str(code) for code in counts.index[:MOST_NAMED]]
    text = codes.astype(object)
    named = np.where(text.isna(), "unknown", np.where(text.isin(names), text, "other"))
    return pd.Categorical(named, categories=[*names, "other", "unknown"])
