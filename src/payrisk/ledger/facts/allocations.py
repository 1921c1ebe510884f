"""Allocations: which credit reduced which invoice, made to hold together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from payrisk.ledger.facts.problems import ProblemLog
from payrisk.ledger.facts.references import invoice_rows
from payrisk.ledger.facts.tables import Tables


def check_allocations(tables: Tables, log: ProblemLog) -> None:
    """Set aside allocations to nothing or without a rate; cut those that exceed their credit."""
    links, credits, invoices = tables["allocations"], tables["credits"], tables["invoices"]
    if not len(links):
        return
    credit = np.asarray(pd.Index(credits["credit_id"]).get_indexer(links["credit_id"]))
    invoice = invoice_rows(links, invoices)
    lost = (credit < 0) | (invoice < 0)
    log.add(
        "allocation_to_nothing",
        "allocations to a credit or invoice the ledger lacks; the credit stays unapplied",
        "quarantined",
        "invoice_id",
        _named(links[lost]),
    )
    links = links[~lost].copy()
    credit = credit[~lost]
    invoice = invoice[~lost]

    credit_currency = credits["currency"].to_numpy(dtype=object)[credit]
    invoice_currency = invoices["currency"].to_numpy(dtype=object)[invoice]
    foreign = (credit_currency != invoice_currency) & links["credit_amount"].isna().to_numpy()
    if foreign.any():
        heard = links["recorded_on"].to_numpy()[foreign]
        rate, rate_recorded_on = _rate(
            tables["rates"],
            invoice_currency[foreign],
            credit_currency[foreign],
            credits["happened_on"].to_numpy()[credit[foreign]],
            heard,
        )
        cents = np.rint(links["amount"].to_numpy()[foreign] * rate)
        links.loc[foreign, "credit_amount"] = pd.array(cents, dtype="Float64").astype("Int64")
        # What needs a rate is not known before the rate is.
        links.loc[foreign, "recorded_on"] = np.maximum(heard, rate_recorded_on)
        bad = foreign & links["credit_amount"].isna().to_numpy()
        log.add(
            "no_rate",
            "allocations across currencies without credit_amount or rate",
            "quarantined",
            "credit_amount",
            _named(links[bad]),
        )
        links, credit = links[~bad], credit[~bad]
    amounts = credits["amount"].to_numpy()
    if not _hold(links, credit, amounts):
        links = _trim(links, credits.iloc[credit], log)
    tables["allocations"] = links


def _named(links: pd.DataFrame) -> pd.Series:
    return (links["credit_id"] + " → " + links["invoice_id"]).reset_index(drop=True)


def _hold(links: pd.DataFrame, credit: np.ndarray, amounts: np.ndarray) -> bool:
    """Whether no credit is asked for more than it has, so that there is nothing to cut."""
    claimed = links["credit_amount"].fillna(links["amount"]).to_numpy(dtype=np.int64)
    whole = np.zeros(len(amounts), dtype=np.int64)
    np.add.at(whole, credit, claimed)
    return bool((claimed > 0).all() and (whole <= amounts)[credit].all())


def _rate(
    rates: pd.DataFrame, base: np.ndarray, quote: np.ndarray, day: np.ndarray, heard: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Latest rate on or before each day, either way round, and the day it was recorded.

    Of the rates recorded by the day `heard`, else the first recorded after it; NaN and −1 where
    none is given.
    """
    needs = pd.DataFrame({"from": base, "to": quote, "day": day, "heard": heard})
    rows = needs.drop_duplicates().reset_index(names="at")
    inverse = rates.rename(columns={"from": "to", "to": "from"}).assign(rate=1 / rates["rate"])
    both = pd.concat([rates, inverse])[["from", "to", "valid_on", "rate", "recorded_on"]]
    joined = rows.astype({"from": str, "to": str}).merge(
        both.astype({"from": str, "to": str}), on=["from", "to"]
    )
    joined = joined[joined["valid_on"] <= joined["day"]]
    joined["wait"] = (joined["recorded_on"] - joined["heard"]).clip(lower=0)
    order = [True, True, False]
    best = joined.sort_values(["at", "wait", "valid_on"], ascending=order, kind="stable")
    best = best.drop_duplicates("at").set_index("at").reindex(rows["at"])
    which = needs.groupby(list(needs), sort=False).ngroup().to_numpy()
    recorded_on = best["recorded_on"].fillna(-1).to_numpy(dtype=np.int64)
    return best["rate"].to_numpy()[which], recorded_on[which]


def _trim(links: pd.DataFrame, credits: pd.DataFrame, log: ProblemLog) -> pd.DataFrame:
    """A credit can give no more than it has; what its last allocations ask beyond that is cut.

    credits: (n,) rows, the credit of each allocation.
    """
    links = links.assign(
        _available=credits["amount"].to_numpy(),
        _currency=credits["currency"].to_numpy(dtype=object),
    )
    links = links.sort_values(
        ["credit_id", "recorded_on", "happened_on", "invoice_id", "instalment"], kind="stable"
    )
    claimed = links["credit_amount"].fillna(links["amount"]).to_numpy(dtype=np.int64)
    upto = links.assign(_asked=claimed).groupby("credit_id")["_asked"].cumsum().to_numpy()
    over = np.clip(upto - links["_available"].to_numpy(), 0, np.maximum(claimed, 0))
    over = np.where(links["_available"].to_numpy() > 0, over, 0)
    cut = over > 0
    log.add(
        "over_allocated",
        "allocations beyond their credit, cut to what it has; put their amounts right",
        "doubted",
        "amount",
        _named(links[cut]),
        money=pd.DataFrame({"cents": over, "currency": links["_currency"]})[cut],
    )
    left = claimed - over
    same = links["credit_amount"].isna().to_numpy()
    share = np.divide(left, claimed, out=np.ones(len(claimed)), where=claimed != 0)
    amount = np.where(same, left, np.rint(links["amount"].to_numpy() * share)).astype(np.int64)
    links["amount"] = np.where(cut, amount, links["amount"].to_numpy())
    links.loc[cut & ~same, "credit_amount"] = left[cut & ~same]
    return links[left != 0].drop(columns=["_available", "_currency"])
