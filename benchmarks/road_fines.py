"""Turn the Italian road-fine event log into a folder that `payrisk import --preset generic` reads.

    payrisk bench road_fines OUT [LOG]      then      payrisk import OUT --preset generic

LOG is the Parquet of the log (de Leoni & Mannhardt, 4TU.ResearchData); by default the one in the
folder that PAYRISK_REAL_DATA names. It stays evaluation data: OUT belongs outside the repository.

One case is one invoice of one offender (the log has no debtor id). What it costs grows with time,
so each rise is an instalment of its own, known from its own day: 1 the fine, 2 the expense of
sending it, 3 the penalty. A fine is due 60 days after its notification, which had to come within
150 days: until then it is due 210 days after issue, and the notification moves that. Payments fill
the instalments in order. An appeal opens a dispute, its result closes it, and a dismissed fine is
credited. Credit collection is `handed_over`.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd

LOG = "road_fines_events_asof_2007-12-31.parquet"
DAYS_TO_PAY, DAYS_TO_NOTIFY = pd.Timedelta(days=60), pd.Timedelta(days=150)
APPEALS = ("Insert Date Appeal to Prefecture", "Appeal to Judge")
RESULTS = ("Receive Result Appeal from Prefecture", "Notify Result Appeal to Offender")
DISMISSED = ("#", "G")  # by the prefecture, by the judge

Frames = dict[str, pd.DataFrame]


def cents(amounts: pd.Series) -> pd.Series:
    """Euros as whole cents."""
    return (amounts * 100).round().astype("int64")


def instalments(log: pd.DataFrame) -> pd.DataFrame:
    """One row a rise of what a case costs: case_id, instalment, issued_on, cents."""
    fine = log[log["activity"] == "Create Fine"].drop_duplicates("case_id")
    sent = log[(log["activity"] == "Send Fine") & (log["expense"] > 0)].drop_duplicates("case_id")
    raised = log[log["activity"] == "Add penalty"].drop_duplicates("case_id")
    first = fine.set_index("case_id")["amount"]
    rise = raised["amount"] - raised["case_id"].map(first)
    raised = raised.assign(rise=rise)[rise > 0]
    parts = [(fine, "amount", 1), (sent, "expense", 2), (raised, "rise", 3)]
    rows = [
        pd.DataFrame(
            {
                "case_id": part["case_id"],
                "instalment": number,
                "issued_on": part["timestamp"],
                "cents": cents(part[column]),
            }
        )
        for part, column, number in parts
    ]
    return pd.concat(rows).sort_values(["case_id", "instalment"], ignore_index=True)


def links(invoices: pd.DataFrame, payments: pd.DataFrame) -> pd.DataFrame:
    """Which payment filled how much of which instalment, both in order."""
    end = invoices.groupby("case_id")["cents"].cumsum()
    invoices = invoices.assign(end=end, start=end - invoices["cents"])
    upto = payments.groupby("case_id")["cents"].cumsum()
    payments = payments.assign(upto=upto, since=upto - payments["cents"])
    both = payments.merge(invoices, on="case_id", suffixes=("", "_part"))
    both["filled"] = np.minimum(both["upto"], both["end"]) - np.maximum(
        both["since"], both["start"]
    )
    both["on"] = both[["happened_on", "issued_on"]].max(axis=1)
    return both[both["filled"] > 0]


def events(log: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """Disputes, moved due dates and hand-overs, a row an instalment they concern."""
    told = []
    notified = log[log["activity"] == "Insert Fine Notification"].drop_duplicates("case_id")
    told.append(
        notified.assign(kind="due_date_change", refers_on=notified["timestamp"] + DAYS_TO_PAY)
    )
    for kind, activities in (
        ("dispute_opened", APPEALS),
        ("dispute_closed", RESULTS),
        ("handed_over", ("Send for Credit Collection",)),
    ):
        told.append(log[log["activity"].isin(activities)].assign(kind=kind, refers_on=pd.NaT))
    rows = pd.concat(told).merge(invoices, on="case_id")
    rows = rows[rows["issued_on"] <= rows["timestamp"]]
    # The penalty is due when it is added; only the fine and its expense wait for the notification.
    rows = rows[(rows["kind"] != "due_date_change") | (rows["instalment"] < 3)]
    number = rows["event_idx"].astype(str) + "-" + rows["instalment"].astype(str)
    return pd.DataFrame(
        {
            "event_id": rows["case_id"] + "-" + rows["kind"] + "-" + number,
            "kind": rows["kind"],
            "subject_kind": "invoice",
            "subject": rows["case_id"],
            "instalment": rows["instalment"],
            "happened_on": rows["timestamp"],
            "refers_on": rows["refers_on"],
            "reason": rows["activity"],
        }
    )


def dismissals(log: pd.DataFrame, invoices: pd.DataFrame, paid: pd.DataFrame) -> pd.DataFrame:
    """What a dismissed fine still asked for on the day its result came (else: was asked for)."""
    hit = log[log["dismissal"].isin(DISMISSED)].drop_duplicates("case_id")
    result = log[log["activity"].isin(RESULTS)].groupby("case_id")["timestamp"].max()
    on = hit["case_id"].map(result).fillna(hit["timestamp"])
    hit = pd.DataFrame({"case_id": hit["case_id"], "on": np.maximum(on, hit["timestamp"])})
    rows = hit.merge(invoices, on="case_id")
    rows = rows[rows["issued_on"] <= rows["on"]]
    filled = paid.groupby(["case_id", "instalment"])["filled"].sum()
    already = rows.set_index(["case_id", "instalment"]).index.map(filled).to_series().fillna(0)
    rows["cents"] -= already.to_numpy().astype("int64")
    return rows[rows["cents"] > 0]


def ledger(log: pd.DataFrame) -> Frames:
    """The generic folder's tables, amounts still in cents."""
    log = log.sort_values(["case_id", "event_idx"], ignore_index=True)
    invoices = instalments(log)
    pays = log[(log["activity"] == "Payment") & (log["paymentAmount"] > 0)]
    payments = pd.DataFrame(
        {
            "case_id": pays["case_id"],
            "credit_id": pays["case_id"] + "-" + pays["event_idx"].astype(str),
            "happened_on": pays["timestamp"],
            "cents": cents(pays["paymentAmount"]),
        }
    ).sort_values(["case_id", "happened_on"], kind="stable")
    paid = links(invoices, payments)
    gone = dismissals(log, invoices, paid)
    gone_id = gone["case_id"] + "-dismissed-" + gone["instalment"].astype(str)
    notes = pd.DataFrame(
        {
            "case_id": gone["case_id"],
            "credit_id": gone_id,
            "happened_on": gone["on"],
            "cents": gone["cents"],
            "kind": "credit_note",
            "reason": "dismissed",
        }
    )
    credits = pd.concat([payments.assign(kind="payment"), notes], ignore_index=True)
    filled = [
        paid[["credit_id", "case_id", "instalment", "filled", "on"]],
        gone.assign(credit_id=gone_id, filled=gone["cents"])[
            ["credit_id", "case_id", "instalment", "filled", "on"]
        ],
    ]
    fines = log[log["activity"] == "Create Fine"].drop_duplicates("case_id")
    fined_on = invoices["case_id"].map(fines.set_index("case_id")["timestamp"])
    due_on = np.maximum(fined_on + DAYS_TO_NOTIFY + DAYS_TO_PAY, invoices["issued_on"])
    return {
        "customers": pd.DataFrame(
            {
                "customer_id": fines["case_id"],
                "sector": "vehicle " + fines["vehicleClass"],
                "country": "IT",
                "is_natural_person": "yes",
                "is_one_time": "yes",
            }
        ),
        "invoices": invoices.rename(columns={"case_id": "invoice_id", "cents": "amount"}).assign(
            customer_id=invoices["case_id"],
            due_on=due_on.where(invoices["instalment"] < 3, invoices["issued_on"]),
            currency="EUR",
        ),
        "credits": credits.rename(columns={"case_id": "customer_id", "cents": "amount"}).assign(
            currency="EUR"
        ),
        "allocations": pd.concat(filled, ignore_index=True).rename(
            columns={"case_id": "invoice_id", "filled": "amount", "on": "happened_on"}
        ),
        "events": events(log, invoices),
    }


def write(tables: Frames, folder: Path) -> None:
    """Write each table as CSV, amounts as euros with two decimals."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if "amount" in table:
            table["amount"] = [f"{c // 100}.{c % 100:02d}" for c in table["amount"].tolist()]
        table.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d")
        print(f"{name}.csv  {len(table):,} rows")


def main() -> None:
    """Read the log and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder to write, outside the repository")
    parser.add_argument("log", type=Path, nargs="?", help="Parquet of the event log")
    given = parser.parse_args()
    folder = os.environ.get("PAYRISK_REAL_DATA")
    if given.log is None and not folder:
        parser.error("name the LOG, or set PAYRISK_REAL_DATA to the folder that has it")
    write(ledger(pd.read_parquet(given.log or Path(str(folder)) / LOG)), given.out)


if __name__ == "__main__":
    main()
