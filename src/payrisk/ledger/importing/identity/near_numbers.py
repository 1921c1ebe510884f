"""Near numbers: two invoices alike in all but the signs of their numbers, which may be one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.ledger.facts.problems import Problem
from payrisk.ledger.facts.tables import TEXT
from payrisk.ledger.history import Ledger
from payrisk.ledger.importing.identity.spellings import alike_keys
from payrisk.money import decimal_text

_ENOUGH_LETTERS = 3
_ALIKE = ["customer_id", "entity_id", "issued_on", "amount", "currency", "instalment"]


def near_numbers(before: Ledger | None, ledger: Ledger) -> list[Problem]:
    """Doubts of invoices that an import added beside others of nearly the same number.

    before: the ledger before the import. Of one customer, entity, day and amount, and of numbers
    with the same digits, whatever letters and signs stand round them.
    """
    invoices = ledger.tables["invoices"]
    alike = invoices[invoices["amount"] > 0]
    alike = alike[alike.duplicated(_ALIKE, keep=False)]
    if not len(alike):
        return []
    number = alike["number"].astype(TEXT).fillna(alike["invoice_id"].astype(TEXT))
    alike = alike.assign(number=number, key=_digits(number).to_pylist())
    alike = alike[alike.duplicated([*_ALIKE, "key"], keep=False)]
    alike = alike[~alike.duplicated([*_ALIKE, "number"], keep=False)]
    known = set() if before is None else set(before.tables["invoices"]["invoice_id"])
    return list(_doubts(alike.assign(is_new=~alike["invoice_id"].isin(known))))


def _digits(numbers: pd.Series) -> pa.Array:
    """The runs of digits of each number without leading zeros; all of it where it has none."""
    keys = alike_keys(pa.array(numbers, pa.string()))
    digits = pc.replace_substring_regex(pc.replace_substring_regex(keys, r"[^\d ]", ""), " +", " ")
    digits = pc.utf8_trim_whitespace(digits)
    return pc.if_else(pc.equal(digits, ""), keys, digits)


def _may_be_same(left: str, right: str) -> bool:
    """Whether two numbers with the same digits are not of two series, such as A-1 and B-1.

    They are where the letters of both are other ones; a letter that looks like another is none.
    """
    a, b = (re.sub(r"[\W\d_]", "", text.casefold()) for text in (left, right))
    n_other = sum(x != y for x, y in zip(a, b, strict=False))
    return not a or not b or a == b or (len(a) == len(b) >= _ENOUGH_LETTERS and n_other == 1)


def _doubts(alike: pd.DataFrame) -> Iterator[Problem]:
    """One doubt a currency: the new invoices, and what would be owed twice if they are none."""
    twins = []
    for _, group in alike.groupby([*_ALIKE, "key"], sort=True):
        if group["is_new"].any() and len(group) > 1:
            ordered = group.sort_values(["is_new", "invoice_id"], kind="stable")
            first = ordered.iloc[0]
            twins += [
                (str(row.currency), int(row.amount), f"{row.invoice_id} beside {first.invoice_id}")
                for row in ordered.iloc[1:].itertuples()
                if row.is_new and _may_be_same(str(row.number), str(first.number))
            ]
    frame = pd.DataFrame(twins, columns=["currency", "amount", "text"])
    for currency, rows in frame.groupby("currency", sort=True):
        cents, code = int(rows["amount"].sum()), str(currency)
        named = ", ".join(rows["text"].iloc[:3]) + (" …" if len(rows) > 3 else "")
        message = (
            f"invoices of one customer, day and amount whose numbers differ in signs only"
            f" ({named}): {decimal_text(cents, code)} {code} is owed twice if they are the same;"
            " put the number right and import again, or keep both"
        )
        yield Problem(
            "near_number",
            message,
            "doubted",
            column="invoice_id",
            n=len(rows),
            amount=cents,
            currency=code,
        )
