"""Score past moments as they were: each row at its own as_of, judged by what came later."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from payrisk.arrays import Ints
from payrisk.calendar import NEVER
from payrisk.learning.measuring.curve_metrics import JudgedCurves, curve_metrics
from payrisk.learning.measuring.outcomes import settled_before, with_outcomes
from payrisk.ledger import Books, History, Ledger
from payrisk.predictions import PaymentCurves
from payrisk.scoring import CurveModel
from payrisk.scoring.days_to_pay.curve import stack_curves

ENOUGH_ROWS = 1_000
"""Rows below which further issue days are taken."""
MOST_KEPT_ROWS = 4_000_000
"""Invoices of all mornings held at once; each costs about half a kilobyte."""

PART_ROWS = 5_000
"""Rows that several models are asked about before the next ones."""

_KEY = ["invoice_id", "instalment"]
_ROW = [
    *_KEY,
    "customer_id",
    "country",
    "entity_id",
    "as_of",
    "issued_on",
    "due_on",
    "amount",
    "currency",
]


class Mornings(Mapping[int, History]):
    """The ledger as known on each of some mornings, kept only while memory allows it.

    What does not fit is read anew when it is asked for again, with the same bits.
    """

    def __init__(self, ledger: Ledger, days: Sequence[int]) -> None:
        """Look at the first morning; raises LedgerError when nothing was recorded before it."""
        self.ledger, self.days = ledger, dict.fromkeys(sorted(days))
        self.most = max(1, MOST_KEPT_ROWS // len(ledger.tables["invoices"]))
        self.kept: OrderedDict[int, History] = OrderedDict()
        if self.days:
            ledger.as_of(next(iter(self.days)))

    def __getitem__(self, day: int) -> History:
        """The history of one of the mornings; raises KeyError for another day."""
        if day not in self.days:
            raise KeyError(day)
        if day not in self.kept:
            self.kept[day] = self.ledger.as_of(day)
            if len(self.kept) > self.most:
                self.kept.popitem(last=False)
        return self.kept[day]

    def __iter__(self) -> Iterator[int]:
        """The mornings, in order."""
        return iter(self.days)

    def __len__(self) -> int:
        """How many mornings."""
        return len(self.days)


@dataclass(frozen=True)
class ReplayedRows:
    """Rows to score, grouped by morning, with what then happened.

    rows: invoice_id, instalment, customer_id, country, as_of, issued_on, due_on, amount (the
    residual at as_of, cents), currency, paid_on, closed_on, closed_by, last_known_on; sorted by
    as_of and invoice. histories: as_of → the ledger as known then. n_left_out: rows that were
    closed before their as_of, so that nothing was left to predict.
    """

    rows: pd.DataFrame
    histories: Mapping[int, History]
    n_left_out: int

    def curves(self, model: CurveModel) -> PaymentCurves:
        """The model's curves of all rows, in their order."""
        parts = [
            model.curves(self.histories[int(morning)], rows)
            for morning, rows in self.rows.groupby("as_of", sort=True)
        ]
        return stack_curves(parts)

    def parts(self) -> Iterator[ReplayedRows]:
        """The rows by a few mornings at a time, in order, so many as memory holds at once.

        What asks several models should ask them part by part: a morning is then read once.
        """
        n = self.rows.groupby("as_of", sort=True).size()
        most = self.histories.most if isinstance(self.histories, Mornings) else len(n)
        starts, rows, mornings = [0], 0, 0
        for place, size in enumerate(n):
            if mornings and (rows + size > PART_ROWS or mornings >= most):
                starts.append(place)
                rows = mornings = 0
            rows, mornings = rows + size, mornings + 1
        ends = np.cumsum([0, *n])
        for first, last in pairwise([*starts, len(n)]):
            rows_here = self.rows.iloc[ends[first] : ends[last]]
            yield ReplayedRows(rows_here, self.histories, self.n_left_out)

    def judge(self, model: CurveModel) -> dict[str, float]:
        """Every curve metric of the model on these rows."""
        return curve_metrics(JudgedCurves.of(self.curves(model), self.rows))


def rows_at_issue(
    ledger: Ledger, first: int, last: int, known_before: int, most_days: int | None = None
) -> ReplayedRows:
    """Every invoice issued in [first, last] on the morning of its issue: a quote beside History.

    Outcomes are what is known before the morning `known_before`. Names, dates and amounts are
    those of the first evening, or of `known_before` for an invoice recorded later. `most_days`
    takes that many issue days, evenly spread, or more for ENOUGH_ROWS. Raises LedgerError when
    nothing was recorded before `first`.
    """
    rows = ledger.balance_at(known_before - 1, known_before).invoices()
    rows = rows[(rows["issued_on"] >= first) & (rows["issued_on"] <= last)]
    days = np.unique(rows["issued_on"].to_numpy(dtype=np.int64))
    if most_days is not None and len(days) > most_days:
        n_days = max(most_days, -(-ENOUGH_ROWS * len(days) // len(rows)))
        steps = np.linspace(0, len(days) - 1, min(n_days, len(days)))
        days = days[np.unique(steps.astype(np.int64))]
        rows = rows[rows["issued_on"].isin(days)]
    mornings = Mornings(ledger, [int(day) for day in days])
    replayed = rows.assign(as_of=rows["issued_on"], due_on=rows["original_due_on"])
    if _is_ever_corrected(ledger):
        replayed = pd.concat(
            [
                _as_first_seen(today, ledger.as_of(day + 1))
                for day, today in replayed.groupby("as_of", sort=True)
            ]
            or [replayed]
        )
    return _judged(_without_later_countries(replayed, ledger), mornings, ledger, known_before)


def _without_later_countries(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The rows, empty of the country of customers whose own row was recorded later than theirs."""
    customers = ledger.tables["customers"].set_index("customer_id")["recorded_on"]
    recorded = customers.reindex(rows["customer_id"]).to_numpy()
    return rows.assign(country=rows["country"].where(recorded <= rows["as_of"].to_numpy()))


def _is_ever_corrected(ledger: Ledger) -> bool:
    """Whether an invoice can read otherwise today than on its first evening."""
    kinds = ledger.tables["events"]["kind"]
    return bool(len(ledger.tables["aliases"]) or kinds.isin(["changed", "due_date_change"]).any())


def _as_first_seen(rows: pd.DataFrame, evening: History) -> pd.DataFrame:
    """The rows with who, when and how much as their first evening's books had them."""
    evening_rows = evening.invoices().set_index(_KEY)
    first = evening_rows.reindex(pd.MultiIndex.from_frame(rows[_KEY]))
    was_seen = first["customer_id"].notna().to_numpy()
    columns = {
        name: np.where(was_seen, first[name].to_numpy(), rows[name].to_numpy())
        for name in ("customer_id", "country", "entity_id", "due_on", "amount", "currency")
    }
    return rows.assign(**columns).astype({name: rows[name].dtype for name in columns})


def rows_open_at(ledger: Ledger, mornings: list[int], known_before: int) -> ReplayedRows:
    """Every invoice open on each morning, with its residual then."""
    histories = Mornings(ledger, mornings)
    parts = [
        history.open_invoices()
        .assign(as_of=day, amount=lambda rows: rows["residual"])
        .reindex(columns=_ROW)
        for day, history in histories.items()
    ]
    return _judged(pd.concat(parts), histories, ledger, known_before)


def draw_places(n: int, most: int, rng: np.random.Generator) -> Ints:
    """At most that many of the places 0 to n, in order."""
    if n <= most:
        return np.arange(n)
    return np.sort(rng.choice(n, most, replace=False))


def sample(moments: ReplayedRows, most: int, seed: int) -> ReplayedRows:
    """At most that many of the rows, drawn without regard to what happened."""
    n = len(moments.rows)
    if n <= most:
        return moments
    drawn = draw_places(n, most, np.random.default_rng(seed))
    rows = moments.rows.iloc[drawn].reset_index(drop=True)
    return ReplayedRows(rows, moments.histories, moments.n_left_out)


def _is_prepaid(books: Books, rows: pd.DataFrame) -> pd.Series:
    """True where all the money had come before the as_of (the books date it to the issue day)."""
    credits, allocations = books.known_rows("credits"), books.known_rows("allocations")
    settled = rows[rows["paid_on"] <= rows["as_of"]]
    links = allocations[allocations["invoice_id"].isin(settled["invoice_id"])]
    came = links.merge(credits[["credit_id", "happened_on"]], on="credit_id", suffixes=("", "_"))
    last = came.groupby(_KEY)["happened_on_"].max()
    recorded = last.reindex(pd.MultiIndex.from_frame(rows[_KEY])).fillna(NEVER).to_numpy()
    return pd.Series(
        (rows["paid_on"] <= rows["as_of"]).to_numpy() & (recorded < rows["as_of"].to_numpy()),
        index=rows.index,
    )


def _judged(
    rows: pd.DataFrame, histories: Mapping[int, History], ledger: Ledger, known_before: int
) -> ReplayedRows:
    books = ledger.balance_at(known_before - 1, known_before)
    replayed = with_outcomes(rows[_ROW], books)
    left_out = settled_before(replayed) | _is_prepaid(books, replayed)
    judged_rows = replayed[~left_out].sort_values(["as_of", *_KEY], kind="stable")
    return ReplayedRows(judged_rows.reset_index(drop=True), histories, int(left_out.sum()))
