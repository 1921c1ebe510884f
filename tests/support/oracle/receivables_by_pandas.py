"""Aging and KPIs of a folder of CSVs read with pandas alone, from the trade's definitions.

Nothing of payrisk is imported: what both say is the same only where both are right.
"""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

KEY = ["invoice_id", "instalment"]
TEXT = {"subject": str, "new": str, "invoice_id": str, "credit_id": str, "customer_id": str}
KNOTS = [-30, -20, 0, 15, 22, 30, 60, 90, 120, 180], [100, 90, 80, 70, 60, 50, 40, 30, 20, 0]
GRACE = pd.Timedelta(days=3)


class Folder:
    """The facts of one company, and how they stood at any evening, by all that is known."""

    def __init__(self, folder: Path) -> None:
        days = {
            "invoices": ["issued_on", "due_on"],
            "credits": ["happened_on"],
            "allocations": ["happened_on"],
            "events": ["happened_on", "refers_on", "recorded_on"],
            "customers": [],
        }
        self.t = {
            name: pd.read_csv(folder / f"{name}.csv", parse_dates=columns, dtype=TEXT)
            for name, columns in days.items()
        }
        for name in ("invoices", "credits", "allocations", "events"):
            frame = self.t[name]
            for column in ("amount", "credit_amount"):
                if column in frame:
                    scale = frame["currency"].map({"JPY": 1}).fillna(100)
                    frame[column] = (frame[column] * scale).round()
        inv = self.t["invoices"]
        is_note = inv["amount"] < 0  # a negative document is an unlinked credit note
        notes = inv[is_note].rename(
            columns={"invoice_id": "credit_id", "issued_on": "happened_on"}
        )
        notes = notes.assign(kind="credit_note", amount=-notes["amount"], reason="negative")
        columns = [c for c in self.t["credits"].columns if c in notes.columns]
        self.t["credits"] = pd.concat([self.t["credits"], notes[columns]], ignore_index=True)
        self.t["invoices"] = inv[~is_note]
        links = self.t["allocations"]
        links["credit_amount"] = links["credit_amount"].fillna(links["amount"])
        aliases = folder / "aliases.csv"
        self.alias = pd.read_csv(aliases, parse_dates=["valid_on"]) if aliases.exists() else None
        self.events = self.t["events"]
        for row in self.events[self.events["kind"] == "changed"].itertuples():
            self._correct(row)
        self.standing = cache(self._standing)

    def _correct(self, row) -> None:
        if row.subject_kind == "customer":
            return  # who a customer is moves no figure here
        frame = self.t["invoices"]
        here = (frame["invoice_id"] == row.subject) & (frame["instalment"] == row.instalment)
        if row.subject_kind != "invoice" or row.field not in frame or not here.any():
            raise AssertionError(f"a correction this reading does not know: {row}")
        if row.field.endswith("_on"):
            frame.loc[here, row.field] = pd.Timestamp(row.new)
        elif row.field == "amount":
            frame.loc[here, row.field] = float(row.new)
        else:
            frame.loc[here, row.field] = row.new

    def _of(self, kind: str, subject: str, evening: pd.Timestamp) -> pd.DataFrame:
        e = self.events
        return e[
            (e["kind"] == kind) & (e["subject_kind"] == subject) & (e["happened_on"] <= evening)
        ]

    def _moves(self, evening: pd.Timestamp, credits: pd.DataFrame, inv: pd.DataFrame):
        """What each credit took off each invoice, day by day, returned payments added back."""
        links = self.t["allocations"].drop(columns=["currency", "recorded_on"])
        links = links.rename(columns={"happened_on": "linked_on"})
        links = links.merge(
            credits[["credit_id", "kind", "reason", "happened_on"]], on="credit_id"
        )
        links = links.merge(inv[[*KEY, "issued_on"]], on=KEY)
        links["day"] = links[["happened_on", "issued_on"]].max(axis=1)
        returned = dict.fromkeys(credits["credit_id"], 0.0)
        back = []
        events = self._of("reversal", "credit", evening).sort_values(["happened_on", "event_id"])
        amount = credits.set_index("credit_id")["amount"]
        for credit_id, rows in events[events["subject"].isin(amount.index)].groupby("subject"):
            whole = amount[credit_id]
            own = links[links["credit_id"] == credit_id].sort_values("linked_on", ascending=False)
            free = whole - own["credit_amount"].sum()
            for event in rows.itertuples():
                asked = whole if np.isnan(event.amount) else event.amount
                took = min(asked, whole - returned[credit_id])
                returned[credit_id] += took
                first = min(took, free)
                free, took = free - first, took - first
                for at in own.index:
                    part = min(took, own.at[at, "credit_amount"])
                    if part > 0:
                        share = part / own.at[at, "credit_amount"]
                        undone = own.loc[at].copy()
                        undone["amount"] = -round(own.at[at, "amount"] * share)
                        undone["credit_amount"] = -part
                        undone["day"] = max(event.happened_on, undone["day"])
                        back.append(undone)
                        own.at[at, "amount"] += undone["amount"]
                        own.at[at, "credit_amount"] -= part
                        took -= part
        moves = pd.concat([links, pd.DataFrame(back)], ignore_index=True) if back else links
        return moves, pd.Series(returned)

    def _standing(self, evening: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Invoices issued, credits booked, and movements, all by the evening."""
        t = self.t
        inv = t["invoices"][t["invoices"]["issued_on"] <= evening].copy()
        credits = t["credits"][t["credits"]["happened_on"] <= evening].copy()
        for frame in (inv, credits):
            frame["customer_id"] = self._names(frame["customer_id"], evening)
        moves, returned = self._moves(evening, credits, inv)
        linked = moves.groupby("credit_id")["credit_amount"].sum()
        credits["returned"] = credits["credit_id"].map(returned).fillna(0)
        credits["unapplied"] = (
            credits["amount"] - credits["returned"] - credits["credit_id"].map(linked).fillna(0)
        )
        inv = self._settled(inv, moves).set_index(KEY)
        inv["due"] = self._due(inv, evening)
        sold = self._of("sold", "invoice", evening).groupby(["subject", "instalment"])
        back = self._of("reversal", "invoice", evening).groupby(["subject", "instalment"])
        last_sold = sold["happened_on"].max().reindex(inv.index)
        last_back = back["happened_on"].max().reindex(inv.index)
        inv["is_sold"] = last_sold.notna() & ~(last_back >= last_sold)
        inv["left"] = (inv["amount"] - inv["off"]).clip(lower=0)
        inv["excess"] = (inv["off"] - inv["amount"]).clip(lower=0)
        inv["residual"] = inv["left"].where(~inv["is_sold"], 0)
        inv["owed"] = inv["residual"].where(~inv["is_settled"], 0)
        inv["late"] = (evening - inv["due"]).dt.days
        inv["disputed"] = self._disputed(inv, evening)
        return inv, credits, moves

    def _names(self, ids: pd.Series, evening: pd.Timestamp) -> pd.Series:
        if self.alias is None:
            return ids
        now = self.alias[self.alias["valid_on"] <= evening].sort_values("valid_on")
        names = dict(zip(now["alias_id"], now["customer_id"]))
        for _ in range(5):
            ids = ids.map(lambda name: names.get(name, name))
        return ids

    def _settled(self, inv: pd.DataFrame, moves: pd.DataFrame) -> pd.DataFrame:
        """Adds what is off each invoice, whether and since when it is settled, and by what."""
        goodwill = moves["reason"].isin(["goodwill", "small_balance", "rounding", "tolerance"])
        part = {
            "cash": moves["kind"] == "payment",
            "loss": (moves["kind"] == "write_off") & ~goodwill,
            "recovery": moves["kind"] == "recovery",
            "held": moves["kind"] == "withholding",
        }
        part["other"] = ~(part["cash"] | part["loss"] | part["recovery"])
        daily = moves[[*KEY, "day"]].assign(
            **{name: moves["amount"].where(mask, 0) for name, mask in part.items()}
        )
        daily = daily.groupby([*KEY, "day"]).sum().groupby(level=[0, 1]).cumsum().reset_index()
        daily = daily.merge(inv, on=KEY)
        back = daily[["recovery", "loss"]].min(axis=1)
        daily["off"] = daily[["cash", "loss", "recovery", "other"]].sum(axis=1) - back
        tolerated = np.minimum(100, np.rint(daily["amount"] * 0.005))
        paid = moves[part["cash"] & (moves["amount"] > 0)]
        paid = paid.groupby([*KEY, "day"]).size().reset_index()[[*KEY, "day"]]
        last = pd.merge_asof(
            daily[[*KEY, "day"]].sort_values("day"),
            paid.assign(last_cash=paid["day"]).sort_values("day"),
            on="day",
            by=KEY,
        )
        daily = daily.merge(last, on=[*KEY, "day"])
        in_time = daily["last_cash"] <= daily["issued_on"] + pd.to_timedelta(
            daily["discount_days"], unit="D"
        )
        has_paid = daily["cash"] + back > 0
        allowed = tolerated
        allowed = allowed + np.where(
            has_paid & in_time, np.rint(daily["amount"] * daily["discount_rate"]), 0
        )
        short = np.rint(daily["amount"] * daily["withholding_rate"]) - daily["held"]
        allowed = allowed + np.where(has_paid, short.clip(lower=0), 0)
        daily["is_settled"] = daily["amount"] - daily["off"] <= allowed
        cash = daily["cash"] + back + daily["held"]
        others = daily["other"] - daily["held"]
        daily["by"] = np.where(cash >= others, "cash", "no cash")
        daily.loc[daily["loss"] - back > tolerated, "by"] = "loss"
        daily = daily.sort_values([*KEY, "day"])
        final = daily.groupby(KEY).tail(1).set_index(KEY)
        # the closing that stands is the first day after the last on which it was unsettled
        open_until = daily[~daily["is_settled"]].groupby(KEY)["day"].max()
        since = daily[daily["is_settled"]].merge(
            open_until.rename("open_until").reset_index(), on=KEY, how="left"
        )
        since = since[~(since["day"] <= since["open_until"])].groupby(KEY)
        closing = since.head(1).set_index(KEY)
        place = pd.MultiIndex.from_frame(inv[KEY])
        out = inv.assign(
            off=final["off"].reindex(place).fillna(0).to_numpy(),
            not_cash=(final["off"] - final["cash"] - np.minimum(final["recovery"], final["loss"]))
            .reindex(place)
            .fillna(0)
            .to_numpy(),
            is_settled=final["is_settled"].reindex(place).eq(True).to_numpy(),
        )
        paid_on = closing["day"].where(closing["by"] == "cash").reindex(place)
        out["paid_on"] = paid_on.where(final["is_settled"].reindex(place).eq(True)).to_numpy()
        return out

    def _due(self, inv: pd.DataFrame, evening: pd.Timestamp) -> pd.Series:
        due = inv["due_on"].copy()
        moved = self._of("due_date_change", "invoice", evening).dropna(subset="refers_on")
        for row in moved.sort_values(["recorded_on", "happened_on", "event_id"]).itertuples():
            at = (row.subject, row.instalment)
            if at in due.index and row.recorded_on < due[at]:
                due[at] = row.refers_on
        return due

    def _disputed(self, inv: pd.DataFrame, evening: pd.Timestamp) -> pd.Series:
        opened = self._of("dispute_opened", "invoice", evening)
        closed = self._of("dispute_closed", "invoice", evening)
        last = closed.groupby(["subject", "instalment"])["happened_on"].max().rename("closed_on")
        live = opened.merge(last.reset_index(), on=["subject", "instalment"], how="left")
        live = live[~(live["happened_on"] <= live["closed_on"])]
        whole = inv["left"].rename_axis(["subject", "instalment"]).rename("whole").reset_index()
        live = live.merge(whole, on=["subject", "instalment"])
        cents = live["amount"].fillna(live["whole"])
        total = cents.groupby([live["subject"], live["instalment"]]).sum().reindex(inv.index)
        return total.fillna(0).clip(upper=inv["owed"])

    def aging(self, evening: pd.Timestamp, key: str) -> pd.DataFrame:
        """Cents by key and currency: buckets, settled residuals, open, unapplied, disputed."""
        inv, credits, _ = self.standing(evening)
        edges = [-np.inf, 0, 30, 60, 90, np.inf]
        names = ["not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90"]
        bucket = pd.cut(inv["late"], edges, labels=names)
        by = [key, "currency"]
        table = {
            n: inv["owed"].where(bucket == n, 0).groupby([inv[k] for k in by]).sum() for n in names
        }
        table["settled_residuals"] = (
            (inv["residual"] - inv["owed"]).groupby([inv[k] for k in by]).sum()
        )
        table["open"] = inv.groupby(by)["residual"].sum()
        table["disputed"] = inv.groupby(by)["disputed"].sum()
        free = (
            credits.groupby(by)["unapplied"]
            .sum()
            .add(inv.groupby(by)["excess"].sum(), fill_value=0)
        )
        table["unapplied"] = free
        frame = pd.DataFrame(table).fillna(0).astype("int64")
        return frame[(frame != 0).any(axis=1)]

    def kpis(self, evening: pd.Timestamp, currency: str) -> dict[str, float]:
        """The measures over 90 days, by their definitions; NaN where a divisor is not above 0."""
        inv, credits, moves = (
            f[f["currency"] == currency] if "currency" in f else f for f in self.standing(evening)
        )
        begins = evening - pd.Timedelta(days=90)
        days = min(90, (evening - inv["issued_on"].min()).days + 1)
        off_sales = credits[credits["kind"] == "credit_note"]
        off_sales = off_sales.assign(
            cents=off_sales["amount"] - off_sales["returned"] - off_sales["unapplied"]
        )

        def sales(after: pd.Timestamp, upto: pd.Timestamp) -> float:
            billed = inv[(inv["issued_on"] > after) & (inv["issued_on"] <= upto)]["amount"].sum()
            noted = off_sales[
                (off_sales["happened_on"] > after) & (off_sales["happened_on"] <= upto)
            ]
            return billed - noted["cents"].sum()

        sold, owed = sales(begins, evening), inv["owed"].sum()
        receivable, overdue = inv["residual"].sum(), inv.loc[inv["late"] > 0, "owed"].sum()
        out = {
            "receivable": receivable,
            "overdue": overdue,
            "sales": sold,
            "dso_simple": _ratio(receivable * days, sold),
            "dso_best_possible": _ratio((receivable - overdue) * days, sold),
            "average_days_delinquent": _ratio(overdue * days, sold),
            "current_percent": _ratio((owed - overdue) * 100, owed),
            "over_90_percent": _ratio(inv.loc[inv["late"] > 90, "owed"].sum() * 100, owed),
        }
        lost = credits["kind"].eq("write_off") & ~credits["reason"].isin(
            ["goodwill", "small_balance", "rounding", "tolerance"]
        )
        recent = credits["happened_on"] > begins
        out["bad_debt_percent"] = _ratio(
            (credits["amount"] - credits["returned"])[lost & recent].sum() * 100, sold
        )
        out["dso_countback"], out["dso_true"] = self._by_month(evening, inv, sales, receivable)
        return out | self._ratios(evening, inv, moves, sales, (days, sold, currency))

    def _by_month(self, evening, inv, sales, receivable) -> tuple[float, float]:
        month, left, days, true = evening.to_period("M"), receivable, 0.0, 0.0
        countback = 0.0 if receivable <= 0 else np.nan
        while month >= inv["issued_on"].min().to_period("M"):
            first = month.start_time.normalize()
            last = min(month.end_time.normalize(), evening)
            of_month = sales(first - pd.Timedelta(days=1), last)
            length = (last - first).days + 1
            if np.isnan(countback) and left <= of_month:
                countback = days + left / of_month * length
            left, days = left - of_month, days + length
            here = inv[inv["issued_on"].dt.to_period("M") == month]
            aged = ((evening - here["issued_on"]).dt.days * here["owed"]).sum()
            true += 0.0 if aged == 0 else _ratio(aged, of_month)
            month -= 1
        return countback, true

    def _ratios(self, evening, inv, moves, sales, window) -> dict[str, float]:
        days, sold, currency = window
        begins = evening - pd.Timedelta(days=90)

        def stood(day: pd.Timestamp) -> tuple[float, float]:
            if day < self.t["invoices"]["issued_on"].min():
                return 0.0, 0.0
            then = self.standing(day)[0]
            then = then[then["currency"] == currency]
            overdue = then.loc[then["late"] > 0, "owed"].sum()
            return then["residual"].sum(), then["residual"].sum() - overdue

        month_ago, quarter_ago = (evening - pd.offsets.MonthEnd(n) for n in (1, 3))
        (end, current), opening = stood(evening), stood(begins)[0]
        first, month = stood(month_ago)[0], sales(month_ago, evening)
        third, quarter = stood(quarter_ago)[0], sales(quarter_ago, evening)
        paid = inv[(inv["paid_on"] > begins) & (inv["paid_on"] <= evening)]
        late = (paid["paid_on"] - paid["due"]).dt.days
        taken = (paid["paid_on"] - paid["issued_on"]).dt.days
        cash = moves[moves["kind"] == "payment"]
        returned = cash[cash["amount"] < 0]["credit_id"]
        cash = cash[~cash["credit_id"].isin(returned) & (cash["amount"] > 0)]
        cash = cash.merge(paid[["due"]].reset_index(), on=KEY)
        arrears = (cash["day"] - cash["due"]).dt.days
        shares = inv.groupby("customer_id")["owed"].sum() / max(inv["owed"].sum(), 1)
        is_owed = inv["owed"].sum() > 0
        bands = [inv.loc[(inv["late"] > a) & (inv["late"] <= b), "owed"].sum()
                 for a, b in itertools.pairwise([0, 30, 60, 90, 10**6])]  # fmt: skip
        return {
            "cei_month": _ratio((first + month - end) * 100, first + month - current),
            "cei_quarter_n3": _ratio(
                (third + quarter / 3 - end) * 100, third + quarter / 3 - current
            ),
            "cei_quarter_n1": _ratio((third + quarter - end) * 100, third + quarter - current),
            "turnover_average": _ratio(sold * 365, (opening + end) / 2 * days),
            "turnover_ending": _ratio(sold * 365, end * days),
            "n_settled": len(paid),
            "average_days_late": late.mean(),
            "average_days_late_weighted": _ratio(
                (late * paid["amount"]).sum(), paid["amount"].sum()
            ),
            "average_days_to_pay": taken.mean(),
            "paid_within_30_days_percent": (taken <= 30).mean() * 100,
            "paid_after_60_days_percent": (taken > 60).mean() * 100,
            "paid_late_percent": (late > 0).mean() * 100,
            "dbt_paid": _ratio((arrears * cash["amount"]).sum(), cash["amount"].sum()),
            "payment_index": _ratio(
                (np.interp(arrears, *KNOTS) * cash["amount"]).sum(), cash["amount"].sum()
            ),
            "dbt_open": _ratio(np.dot(bands, [15, 45, 75, 105]), inv["owed"].sum()),
            "concentration_hhi": (shares**2).sum() * 10_000 if is_owed else np.nan,
            "top_10_percent": shares.nlargest(10).sum() * 100 if is_owed else np.nan,
        }


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else np.nan
