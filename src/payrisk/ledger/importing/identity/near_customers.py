"""Near customers: two whose ids differ in leading zeros alone, which may be one."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.ledger.facts.corrections import resolve_aliases
from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.history import Ledger


def near_customers(before: Ledger | None, ledger: Ledger) -> list[Problem]:
    """Doubts of customers that an import brought beside others, with what was billed to them.

    before: the ledger before the import. A spreadsheet takes the zeros of an id away, so that a
    customer owes, and is judged, by two names. Aliases settle it.
    """
    ids = pa.array(ledger.tables["customers"]["customer_id"], pa.string())
    ids = ids.filter(pc.match_substring_regex(ids, r"^\d+$"))
    keys = pd.Series(pc.utf8_ltrim(ids, "0").to_pylist(), index=ids.to_pylist(), dtype=object)
    keys = keys[keys.duplicated(keep=False)]
    keys = keys.drop(index=[*resolve_aliases(ledger.tables["aliases"])], errors="ignore")
    keys = keys[keys.duplicated(keep=False)]
    known = set() if before is None else set(before.tables["customers"]["customer_id"])
    fresh = keys[~keys.index.isin(known)]
    if not len(fresh):
        return []
    # Of two that both are new one stands, the longest: that whose zeros are all there.
    by_length = keys.index.to_series().astype(str).str.len()
    stands = by_length[~keys.isin(keys[keys.index.isin(known)])].groupby(keys).idxmax()
    fresh = fresh[~fresh.index.isin(stands)]
    invoices = ledger.tables["invoices"]
    billed = invoices[invoices["customer_id"].isin(fresh.index) & (invoices["amount"] > 0)]
    log = ProblemLog()
    log.add(
        "near_customer",
        "customers whose ids differ from others in leading zeros alone, and count as others:"
        " where they are the same, write the ids as they are or import aliases (alias_id,"
        " customer_id, valid_on)",
        "doubted",
        "customer_id",
        billed["customer_id"].reset_index(drop=True),
        money=pd.DataFrame(
            {"cents": billed["amount"].to_numpy("int64"), "currency": billed["currency"]}
        ).reset_index(drop=True),
    )
    return log.problems
