"""What `/v1/cash/forecast` answers: the receipts that are asked for, and their document."""

from __future__ import annotations

from typing import Any

import pandas as pd

from payrisk.access import Caller
from payrisk.answers import CURVES, Answers, groups
from payrisk.answers.cash.arriving_receipts import arriving_receipts
from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.receipts_in_base import receipts_in_base
from payrisk.answers.cash.treasury import Outlook
from payrisk.answers.cash.workbook.forecast_file import tables_beside_open_invoices
from payrisk.calendar import iso
from payrisk.cash.forecasting.grains import is_partial
from payrisk.files import plain_rows
from payrisk.receivables.dimensions import customer_descriptions, with_names
from payrisk_api.requests.cash import CashQuery


def asked_receipts(
    answers: Answers, as_of: int, caller: Caller, query: CashQuery
) -> tuple[Outlook, Receipts, pd.DataFrame]:
    """The receipts that are asked for, and what their currencies are converted by."""
    """The receipts that a query asks for, and what their currencies are converted by."""
    outlook = Outlook.of(
        answers,
        as_of=as_of,
        horizon_days=query.horizon,
        in_sample=query.in_sample,
        base=query.base,
        rate_type=query.rate_type,
    )
    receipts = Receipts.of(
        outlook, basis=query.basis, intercompany=query.intercompany, entities=caller.entities
    )
    if query.arriving:
        arriving = arriving_receipts(receipts, query.choice(), rate_type=query.rate_type)
        return outlook, arriving.receipts, arriving.fx
    return outlook, query.choice().applied(receipts), pd.DataFrame()


def forecast_document(
    answers: Answers, as_of: int, caller: Caller, query: CashQuery
) -> dict[str, Any]:
    """What `/v1/cash/forecast` answers as JSON, in plain values."""
    outlook, receipts, fx = asked_receipts(answers, as_of, caller, query)
    cash, levels = receipts.cash, query.levels()
    cuts = groups.read_group_columns(query.group or "", groups.CASH)
    tables = {
        name: plain_rows(t)
        for name, t in tables_beside_open_invoices(receipts, query.by, levels).items()
    }
    names = customer_descriptions(outlook.history)
    tables["not_yet_issued"] = plain_rows(receipts.not_yet_issued(query.by, levels=levels))
    return {
        "as_of": iso(as_of),
        "in_sample": outlook.is_in_sample,
        "horizon_days": cash.horizon_days,
        "by": query.by,
        "group": query.group,
        "basis": receipts.basis,
        "basis_said": receipts.basis_said,
        "verified": cash.verified,
        "credit_rule": cash.credit_rule,
        "model_versions": {CURVES: str(answers.champions[CURVES].version)},
        "ledger_sha": answers.ledger_sha,
        "buckets": plain_rows(with_names(_marked(receipts, query, cuts), names)),
        "balance": plain_rows(cash.balance(*cuts)),
        "currency_of": "payment" if query.arriving else "invoice",
        "fx": plain_rows(fx),
        **_in_base(receipts, query.by),
        **tables,
    }


def _in_base(receipts: Receipts, by: str) -> dict[str, list[dict[str, Any]]]:
    """All receipts in the base currency and the rates, if one was asked for."""
    rates = receipts.outlook.rates
    if rates is None:
        return {"in_base": [], "rates_used": []}
    names = sorted({*receipts.cash.invoices["currency"].astype(str), *receipts.band.currencies})
    return {
        "in_base": plain_rows(receipts_in_base(receipts, by, rates)[0]),
        "rates_used": plain_rows(rates.used(names, receipts.cash.as_of - 1)),
    }


def _marked(receipts: Receipts, query: CashQuery, cuts: tuple[str, ...]) -> pd.DataFrame:
    """The open invoices' buckets, those that the horizon cuts short named so."""
    table = receipts.open_invoices(query.by, *cuts, levels=query.levels())
    cut = is_partial(query.by, table["starts_on"].to_numpy(), table["ends_on"].to_numpy())
    return table.assign(is_partial=cut)
