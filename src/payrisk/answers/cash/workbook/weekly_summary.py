"""The treasurer's summary: past weeks beside the coming ones, what each is made of, and before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.treasury import forecast_narrowed_to
from payrisk.calendar import weekday
from payrisk.cash.forecasting.grains import is_partial
from payrisk.cash.published.snapshots import Snapshot
from payrisk.ledger.books.cash_flow import cash_flow

LINES = {
    "actual": "Came",
    "expected": "Expected, all receipts",
    "p10": "P10: more comes in 9 of 10 cases",
    "p90": "P90: less comes in 9 of 10 cases",
    "overdue": "of it overdue today",
    "not_yet_due": "of it not yet due",
    "not_yet_issued": "of it not yet issued",
    "booked_before": "of it booked, value to come",
    "from_factor": "of it from a factor",
    "forecast_before": "Forecast before",
    "difference": "More (+) or less (−) than before",
}
"""Lines of the summary of a currency, and what each is called."""
MADE_OF = ("overdue", "not_yet_due", "not_yet_issued", "booked_before", "from_factor")
"""Lines that add up to what is expected, to the cent."""
PAST_WEEKS = 4


@dataclass(frozen=True)
class WeeklySummary:
    """table: currency, line (of LINES), starts_on, ends_on, is_past, is_partial, amount in cents.

    before: the name of the forecast that coming weeks are compared with, '' where there is none.
    Amounts that nothing tells are missing, so is a line that has none.
    """

    table: pd.DataFrame
    before: str

    @property
    def currencies(self) -> list[str]:
        """The currencies in order."""
        return sorted(set(self.table["currency"]))

    @property
    def weeks(self) -> pd.DataFrame:
        """starts_on, ends_on, is_past, is_partial of each column, in order."""
        columns = ["starts_on", "ends_on", "is_past", "is_partial"]
        weeks = self.table[columns].drop_duplicates()
        return weeks.sort_values("starts_on", ignore_index=True)

    def of(self, currency: str) -> dict[str, dict[int, int]]:
        """Line → first day of a week → cents, in the order of LINES."""
        rows = self.table[(self.table["currency"] == currency).to_numpy()]
        told: dict[str, dict[int, int]] = {}
        for line in LINES:
            of_line = rows[(rows["line"] == line).to_numpy()]
            if len(of_line):
                pairs = zip(of_line["starts_on"], of_line["amount"], strict=True)
                told[line] = {int(day): int(cents) for day, cents in pairs}
        return told


def weekly_summary(
    receipts: Receipts, published: Iterable[Snapshot] = (), past_weeks: int = PAST_WEEKS
) -> WeeklySummary:
    """Of the last weeks and the coming ones, by currency; published: forecasts, oldest first.

    A past week is held against the last forecast published before it began, a coming week against
    the last one published before this morning, both of all receipts, where that covers the week.
    """
    as_of = receipts.cash.as_of
    earlier = [snapshot for snapshot in published if snapshot.as_of < as_of]
    tables = [*_coming(receipts), *_came(receipts, past_weeks)]
    table = pd.concat(tables, ignore_index=True)
    table = pd.concat([table, *_before(table, earlier)], ignore_index=True)
    table["is_past"] = table["ends_on"] < as_of
    table["is_partial"] = is_partial(
        "week", table["starts_on"].to_numpy(), table["ends_on"].to_numpy()
    )
    order = {line: place for place, line in enumerate(LINES)}
    table = table.assign(place=table["line"].map(order))
    table = table.sort_values(["currency", "place", "starts_on"], ignore_index=True)
    covering = [s.name for s in earlier if s.last_day >= as_of]
    return WeeklySummary(table.drop(columns="place"), covering[-1] if covering else "")


def _coming(receipts: Receipts) -> list[pd.DataFrame]:
    cash = receipts.cash
    keys = ["currency", "starts_on", "ends_on"]
    whole = receipts.in_all("week")
    tables = [
        whole[[*keys, name]].rename(columns={name: "amount"}).assign(line=name)
        for name in ("expected", "p10", "p90")
    ]
    is_overdue = (cash.invoices["due_on"] < cash.as_of).to_numpy()
    for line, rows in (("overdue", is_overdue), ("not_yet_due", ~is_overdue)):
        part = forecast_narrowed_to(cash, rows).by("week", levels=())
        tables.append(part[[*keys, "expected"]].rename(columns={"expected": "amount"}))
        tables[-1] = tables[-1].assign(line=line)
    sides = (receipts.not_yet_issued, receipts.booked_before, receipts.from_factor)
    for layer in (side("week", levels=()) for side in sides):
        if len(layer):
            name = layer["layer"].iloc[0]
            table = layer[[*keys, "expected"]].rename(columns={"expected": "amount"})
            tables.append(table.assign(line=name))
    return tables


def _came(receipts: Receipts, past_weeks: int) -> list[pd.DataFrame]:
    """Actual receipts of the weeks before the morning, its own begun one too, as known then."""
    ledger, as_of = receipts.outlook.answers.ledger, receipts.cash.as_of
    monday = as_of - int(weekday(as_of))
    tables = []
    for start in range(monday - 7 * past_weeks, as_of, 7):
        end = min(start + 6, as_of - 1)
        if start <= ledger.first_day or not past_weeks:
            continue
        flow = cash_flow(ledger.balance_at(start - 1, as_of), ledger.balance_at(end, as_of))
        came = flow.receipts[["currency"]].assign(
            starts_on=start, ends_on=end, amount=flow.receipts["received"], line="actual"
        )
        tables.append(came.astype({"currency": str}))
    return tables


def _before(table: pd.DataFrame, earlier: Sequence[Snapshot]) -> list[pd.DataFrame]:
    """What an earlier forecast said of each week, and how much more or less it is now."""
    told = table[table["line"].isin(["expected", "actual"]).to_numpy()]
    rows = []
    for (start, end), week in told.groupby(["starts_on", "ends_on"]):
        fitting = [s for s in earlier if s.as_of <= start and s.last_day >= end]
        if not fitting:
            continue
        cents = published_between(fitting[-1], int(start), int(end))
        for currency, amount in zip(week["currency"], week["amount"], strict=True):
            was = cents.get(str(currency), 0)
            days = {"currency": str(currency), "starts_on": start, "ends_on": end}
            rows.append({**days, "line": "forecast_before", "amount": was})
            rows.append({**days, "line": "difference", "amount": int(amount) - was})
    return [pd.DataFrame(rows)] if rows else []


def published_between(snapshot: Snapshot, first: int, last: int) -> dict[str, int]:
    """Currency → cents of all receipts that a published forecast expected on the days."""
    days = slice(first - snapshot.as_of, last - snapshot.as_of + 1)
    open_ = pd.Series(
        snapshot.expected[:, days].sum(axis=1), snapshot.invoices["currency"].astype(str)
    )
    new = snapshot.tables["not_issued"]
    new = new[((new["starts_on"] >= first) & (new["starts_on"] <= last)).to_numpy()]
    coming = new.set_index(new["currency"].astype(str))["expected"]
    both = pd.concat([open_, coming]).groupby(level=0).sum()
    return {str(name): int(np.rint(cents)) for name, cents in both.items()}
