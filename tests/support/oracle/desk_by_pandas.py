"""Statements and late money of a folder of CSVs on a morning, read with pandas alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from support.oracle.receivables_by_pandas import KEY, Folder

FACTS = ("invoices", "credits", "allocations", "events", "customers", "aliases")
BANDS = ("not_due", "days_1_30", "days_31_60", "days_61_90", "days_over_90")


def known_files(folder: Path, morning: pd.Timestamp, into: Path) -> Path:
    """The same files with the rows recorded before a morning alone."""
    into.mkdir()
    for name in FACTS:
        if (folder / f"{name}.csv").exists():
            rows = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
            rows = rows[pd.to_datetime(rows["recorded_on"]) < morning]
            rows.to_csv(into / f"{name}.csv", index=False)
    return into


class DeskFolder(Folder):
    """What a clerk's desk shows of an evening: cents, by customer and currency."""

    def documents(self, evening: pd.Timestamp) -> pd.DataFrame:
        """(document, instalment, customer_id, currency): open, unapplied, disputed."""
        inv, credits, _ = self.standing(evening)
        inv = inv.reset_index().rename(columns={"invoice_id": "document"})
        inv = inv.assign(open=inv["owed"], unapplied=inv["excess"])
        free = credits.rename(columns={"credit_id": "document"}).assign(
            instalment=1, open=0, disputed=0
        )
        rows = pd.concat([inv, free], ignore_index=True)
        keys = ["document", "instalment", "customer_id", "currency"]
        sums = rows.groupby(keys)[["open", "unapplied", "disputed"]].sum().astype("int64")
        return sums[(sums[["open", "unapplied"]] != 0).any(axis=1)]

    def ageing(self, evening: pd.Timestamp) -> pd.DataFrame:
        """(customer_id, currency): the bands, unapplied and balance of a statement."""
        table = self.aging(evening, "customer_id")[[*BANDS, "unapplied"]]
        table = table.assign(balance=table[[*BANDS]].sum(axis=1) - table["unapplied"])
        return table[(table != 0).any(axis=1)]

    def late(self, evening: pd.Timestamp, least_days: int) -> pd.DataFrame:
        """(customer_id, currency): late, disputed of it, and what is left to ask for."""
        inv = self.standing(evening)[0]
        inv = inv.assign(free=inv["owed"] - inv["disputed"] - self._promised(inv, evening))
        inv["free"] = inv["free"].clip(lower=0)
        planned = self._of("plan", "invoice", evening)
        planned = planned.loc[planned["refers_on"] > evening, "subject"]
        of_customer = self._of("plan", "customer", evening)
        of_customer = of_customer.loc[of_customer["refers_on"] > evening, "subject"]
        handed = self._of("handed_over", "invoice", evening)["subject"]
        name = inv.index.get_level_values("invoice_id")
        waits = name.isin(planned) | name.isin(handed) | inv["customer_id"].isin(of_customer)
        inv["free"] = inv["free"].where(~waits, 0)
        inv = inv[(inv["late"] >= least_days) & (inv["owed"] > 0)]
        sums = inv.groupby(["customer_id", "currency"])[["owed", "disputed", "free"]].sum()
        return sums.astype("int64")

    def _promised(self, inv: pd.DataFrame, evening: pd.Timestamp) -> pd.Series:
        """Of each invoice what is promised for a day to come, the latest word before its day."""
        made = self._of("promise", "invoice", evening).dropna(subset="refers_on")
        made = made.sort_values(["subject", "instalment", "happened_on", "event_id"])
        following = made.groupby(["subject", "instalment"])["happened_on"].shift(-1)
        live = made[~(following <= made["refers_on"]) & (made["refers_on"] >= evening)]
        places = pd.MultiIndex.from_frame(live[["subject", "instalment"]], names=KEY)
        cents = live["amount"].set_axis(places)
        cents = cents.fillna(inv["owed"].reindex(places))
        total = cents.groupby(level=[0, 1]).sum().reindex(inv.index).fillna(0)
        return np.minimum(total, inv["owed"])
