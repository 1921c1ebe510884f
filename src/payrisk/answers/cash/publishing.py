"""A forecast published for ever, with every layer and what it stands on, and read again."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.receipts_in_base import receipts_in_base
from payrisk.answers.cash.treasury import GRAINS, Outlook
from payrisk.cash.forecasting.bank_days import closed_days
from payrisk.cash.forecasting.forecast import CashForecast
from payrisk.cash.published import snapshots
from payrisk.cash.published.snapshots import Snapshot
from payrisk.cash.views.fx import base_records
from payrisk.errors import InputError

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
NOT_ISSUED, IN_ALL = "not_issued", "in_all"
"""Scopes of published totals that are not of open invoices alone."""


def publish(outlook: Outlook, home: Path, *, published_at: str) -> Snapshot:
    """Freeze an outlook for ever: figures, rates, calendar, overrides and what it stands on."""
    cash, adjusted = outlook.cash, outlook.adjusted_forecast
    related = cash.invoices["customer_id"].isin(outlook.related_customers).to_numpy()
    columns = ["invoice_id", "instalment", "customer_id", "parent_id", "country", "entity_id",
               "currency", "issued_on", "due_on", "amount", "residual", "covered",
               "expected_from"]  # fmt: skip
    totals = []
    for view, forecast in (("model", cash), ("adjusted", adjusted.cash)):
        totals.append(_totals(forecast, view))
        if outlook.related_customers:
            for scope, only in (("intercompany", True), ("external", False)):
                totals.append(
                    _totals(outlook.split_by_intercompany(forecast, only=only), view, scope)
                )
    if outlook.rates is not None:
        for name, forecast in (("model", cash), ("adjusted", adjusted.cash)):
            totals += [
                base_records(forecast, grain, outlook.rates).assign(
                    view=name, grain=grain, in_base=True, scope="all"
                )
                for grain in GRAINS
            ]
    days = snapshots.day_columns(cash.as_of, adjusted.cash.expected)
    together = {
        "model": Receipts.of(outlook),
        "adjusted": Receipts.of(outlook, adjusted=True),
    }
    for grain in GRAINS:
        band = outlook.not_issued.by(grain, LEVELS)
        named = {"part": grain, "grain": grain, "view": "model", "scope": NOT_ISSUED}
        totals.append(band.assign(as_of=cash.as_of, in_base=False, **named))
        for view, receipts in together.items():
            totals += _in_all(receipts, view, grain)
    tables = {
        "not_issued": outlook.not_issued.by("day")[["currency", "starts_on", "expected"]],
        "invoices": cash.invoices[columns].assign(is_intercompany=related),
        "expected": snapshots.day_columns(cash.as_of, cash.expected),
        "adjusted": pd.concat(
            [
                adjusted.cash.invoices[["residual", "covered"]].assign(row=adjusted.row),
                days,
            ],
            axis=1,
        ),
        "totals": pd.concat(totals, ignore_index=True),
        "rates": outlook.history.known_rows("rates").reset_index(drop=True),
        "closed_days": closed_days(cash.as_of, cash.horizon_days, outlook.calendars),
        "overrides": adjusted.overrides,
    }
    manifest = outlook.assumptions() | {"published_at": published_at}
    return snapshots.publish(home, manifest, tables)


def _in_all(receipts: Receipts, view: str, grain: str) -> list[pd.DataFrame]:
    """All receipts of a view at a grain, the layers together: by currency, and in the base."""
    as_of, rates = receipts.cash.as_of, receipts.outlook.rates
    named = {"part": grain, "grain": grain, "view": view, "scope": IN_ALL}
    tables = [receipts.in_all(grain, levels=LEVELS).assign(as_of=as_of, in_base=False, **named)]
    if rates is not None:
        columns = ["currency", "starts_on", "ends_on", "expected", "p10", "p50", "p90"]
        table = receipts_in_base(receipts, grain, rates)[0][columns]
        tables.append(table.assign(as_of=as_of, in_base=True, **named))
    return tables


def _totals(cash: CashForecast, view: str, scope: str = "all") -> pd.DataFrame:
    parts = [
        cash.records(grain, *cuts, levels=LEVELS).assign(grain=grain)
        for grain in GRAINS
        for cuts in ((), ("entity_id",))
    ]
    return pd.concat(parts, ignore_index=True).assign(view=view, in_base=False, scope=scope)


def published_totals(snapshot: Snapshot, grain: str) -> pd.DataFrame:
    """The totals of a published forecast at one grain: both views, local and in base."""
    if grain not in GRAINS:
        raise InputError(f"Cash cannot be shown by '{grain}'; use {', '.join(GRAINS)}.")
    t = snapshot.tables["totals"]
    t = t[((t["grain"] == grain) & t["entity_id"].isna()).to_numpy()]
    columns = ["view", "scope", "in_base", "currency", "part", "starts_on", "ends_on",
               "expected", "p025", "p10", "p50", "p90", "p975"]  # fmt: skip
    return t[columns].reset_index(drop=True)


def published_side_by_side(snapshot: Snapshot, grain: str) -> pd.DataFrame:
    """What was published as one row a currency and bucket or part, for people.

    expected and quantiles by the model; `adjusted` with promises and user dates; `of_own_group`
    of the model's (if any); `not_yet_issued`, which is in no other of these; `in_all` and its
    quantiles: all receipts, where the forecast was published with them.
    """
    t = published_totals(snapshot, grain)
    t = t[~t["in_base"].astype(bool)]
    keys = ["currency", "part", "starts_on", "ends_on"]

    def one(view: str, scope: str) -> pd.DataFrame:
        return t[((t["view"] == view) & (t["scope"] == scope)).to_numpy()]

    out = one("model", "all")[[*keys, "expected", "p10", "p50", "p90"]]
    for name, published in (
        ("adjusted", one("adjusted", "all")),
        ("of_own_group", one("model", "intercompany")),
        ("not_yet_issued", one("model", NOT_ISSUED)),
    ):
        if len(published):
            side = published[[*keys, "expected"]].rename(columns={"expected": name})
            out = out.merge(side, on=keys, how="outer")
    together = one("model", IN_ALL)[[*keys, "expected", "p10", "p90"]]
    if len(together):
        names = {"expected": IN_ALL, "p10": f"{IN_ALL}_p10", "p90": f"{IN_ALL}_p90"}
        out = out.merge(together.rename(columns=names), on=keys, how="outer")
    out = out.sort_values(["currency", "starts_on"], kind="stable", ignore_index=True)
    return out.astype(dict.fromkeys(out.columns[4:], "Int64"))
