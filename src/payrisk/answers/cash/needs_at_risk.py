"""Single needs held against the cash that comes to an entity in a currency."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from payrisk.answers.cash.holders import holders_money
from payrisk.answers.cash.receipts import ALL, OPEN, Layer, Receipts
from payrisk.cash.liquidity.plans import CashPlan
from payrisk.cash.views.changed_band import billed_by_entity
from payrisk.cash.views.liquidity import CashRequirement, DrawnReceipts, shortfalls
from payrisk.errors import InputError


def needs_at_risk(
    receipts: Receipts, needs: Sequence[CashRequirement], layer: Layer = "all"
) -> pd.DataFrame:
    """For each need, the chance that the cash of its entity falls short: as `shortfalls`.

    entity_id stands beside the currency. A need that names no entity is that of the only one to
    which cash comes in the currency. Raises InputError where there are several: their money is one
    only inside a declared pool.
    """
    parts = [_shortfall(receipts, need, layer) for need in needs]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _shortfall(receipts: Receipts, need: CashRequirement, layer: Layer) -> pd.DataFrame:
    entities = _entities(receipts, need.currency, layer)
    if not entities:
        raise InputError(f"No cash is expected in {need.currency}; name another currency.")
    if not need.entity_id and len(entities) > 1:
        raise InputError(
            f"{need.currency} comes to {', '.join(entities)}: end the need in :{entities[0]}, or"
            " declare a pool in a plan (--plan, --pools), for their money is not one by itself."
        )
    entity = need.entity_id or entities[0]
    if entity not in entities:
        raise InputError(
            f"No {need.currency} is expected for '{entity}'; use {', '.join(entities)}."
        )
    path = holders_money(receipts, CashPlan(()), [(entity, need.currency)], layer)[0].path
    expected = sum(path.receipts.values(), np.zeros(receipts.cash.horizon_days))
    drawn = DrawnReceipts(
        ALL if layer == "all" else OPEN,
        path.as_of,
        (need.currency,),
        expected[None],
        path.drawn[:, None],
    )
    table = shortfalls(drawn, [need])
    table.insert(1, "entity_id", entity)
    return table


def _entities(receipts: Receipts, currency: str, layer: Layer) -> list[str]:
    rows = receipts.cash.invoices
    names = set(rows.loc[(rows["currency"] == currency).to_numpy(), "entity_id"].astype(str))
    if layer == "all":
        shares = billed_by_entity(receipts.outlook.history)
        names |= {name for (name, code), share in shares.items() if code == currency and share > 0}
    return sorted(names)
