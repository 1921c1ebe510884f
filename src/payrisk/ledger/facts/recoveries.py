"""Recoveries: money that came for invoices after they had been written off."""

from __future__ import annotations

import pandas as pd

from payrisk.ledger.facts.kinds import GOODWILL
from payrisk.ledger.facts.problems import ProblemLog
from payrisk.ledger.facts.tables import Tables

_INVOICE = ["invoice_id", "instalment"]


def read_recoveries(tables: Tables, log: ProblemLog) -> None:
    """Payments that came for nothing but written-off invoices are recoveries.

    An invoice is written off for a payment where a bad debt stood on it by the payment's day and
    nothing was left to pay: such money turns loss to cash, and is no credit that the customer
    could still use. Judged by what was recorded when the payment was, so that no later fact
    changes what an earlier payment is.
    """
    credits, links = tables["credits"], tables["allocations"]
    is_loss = (credits["kind"] == "write_off") & ~credits["reason"].isin(GOODWILL)
    if not is_loss.any():
        return
    lost = links.loc[links["credit_id"].isin(credits.loc[is_loss, "credit_id"]), _INVOICE]
    if not len(lost):
        return
    columns = ["credit_id", "kind", "happened_on", "recorded_on"]
    moves = links.merge(credits[columns], on="credit_id", suffixes=("_link", ""))
    moves["is_loss"] = moves["credit_id"].isin(credits.loc[is_loss, "credit_id"])
    moves["heard_on"] = moves[["recorded_on", "recorded_on_link"]].max(axis=1)
    first = (moves["kind"] == "payment") & (moves["heard_on"] == moves["recorded_on"])
    payments = moves[first]
    of_losses = payments.merge(lost.drop_duplicates(), on=_INVOICE)
    left = of_losses.merge(
        tables["invoices"][[*_INVOICE, "amount", "recorded_on"]],
        on=_INVOICE,
        suffixes=("", "_whole"),
    )
    left = left[left["recorded_on_whole"] <= left["recorded_on"]]
    others = left.merge(moves, on=_INVOICE, suffixes=("", "_other"))
    is_earlier = (others["happened_on_other"] < others["happened_on"]) | (
        # Of one day the loss comes first: nobody writes off what was paid that day.
        (others["happened_on_other"] == others["happened_on"]) & others["is_loss_other"]
    )
    others = others[is_earlier & (others["heard_on_other"] <= others["heard_on"])]
    key = ["credit_id", *_INVOICE]
    stood = others.groupby(key).agg(
        applied=("amount_other", "sum"),
        whole=("amount_whole", "first"),
        loss=("is_loss_other", "any"),
    )
    after = stood[stood["loss"] & (stood["applied"] >= stood["whole"])].reset_index()
    n_after = after.groupby("credit_id").size()
    n_first = payments.groupby("credit_id").size().reindex(n_after.index)
    hit = credits["credit_id"].isin(n_after.index[(n_after == n_first).to_numpy()])
    log.add(
        "recovery",
        "payments of invoices written off before, read as recoveries",
        "repaired",
        "kind",
        credits.loc[hit, "credit_id"].reset_index(drop=True),
    )
    if hit.any():
        kinds = credits["kind"].where(~hit, "recovery")
        tables["credits"] = credits.assign(kind=pd.array(kinds, dtype=credits["kind"].dtype))
