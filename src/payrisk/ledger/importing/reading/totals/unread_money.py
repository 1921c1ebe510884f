"""Unread money: what amounts say by how they add up, though no field reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from payrisk.arrays import Cents, Flags, Floats
from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.importing.reading import cells
from payrisk.ledger.importing.reading.headers.bare_words import fold_text
from payrisk.ledger.importing.reading.headers.telling import is_of_payment
from payrisk.ledger.importing.reading.preset import Preset
from payrisk.ledger.importing.reading.sheet import Sheet

_TAX_RATES = (5, 5.5, 6, 7, 7.5, 8, 8.1, 9, 9.5, 10, 12, 13, 13.5, 14, 15, 16, 17, 18, 19, 20, 21,
              22, 23, 24, 25, 25.5, 27)  # fmt: skip
"""Rates of value added and sales taxes in per cent, as sellers charge them."""
_PAID = "paid_amount"
_TAX = re.compile(
    r"(?:sales |total )?(?:tax|vat|gst|mwst|ust|umsatzsteuer|mehrwertsteuer|steuer|tva|iva|btw"
    r"|moms|podatek|podatek vat|φπα)(?: ?-?(?:amount|betrag|bedrag|total|amt))?"
)


def unread_settlement_doubts(
    frame: pd.DataFrame, accepted: Flags, sheet: Sheet, idle: Sequence[str], preset: Preset
) -> list[Problem]:
    """Doubts of columns that hold what payments left of their invoices, as discounts taken do.

    idle: headers that nothing reads. A column of what is open is none: it holds the amount of an
    invoice that nobody has paid. Where the file states balances, it is what these lack.
    """
    if not {"amount", "currency"} <= {*frame.columns}:
        return []
    amount = frame["amount"].astype("Int64")
    if "balance" in frame:
        settled, left = amount - frame["balance"].astype("Int64"), "what the balances lack of the"
        gap = settled - (frame["paid_amount"].astype("Int64").fillna(0) if _PAID in frame else 0)
        left += " amounts, as a retention or a deduction does, and nothing reads it: it counts as"
        left += " paid; give its column as credits, or what is retained as an instalment"
    elif _PAID in frame:
        settled = frame[_PAID].astype("Int64")
        gap = amount - settled
        left = (
            "what was left of invoices after their payment, as a discount taken or a tax withheld"
            " does, and nothing reads it: the rest stays open; give it as credits (credit_note,"
            " withholding or write_off)"
        )
    else:
        return []
    cents = gap.fillna(0).to_numpy(dtype=np.int64)
    is_left = accepted & (settled > 0).fillna(value=False).to_numpy(dtype=bool) & (cents > 0)
    if not is_left.any():
        return []
    log = ProblemLog()
    others = [header for header in idle if not is_of_payment(header)]
    for header, values in _amounts_of(frame, sheet, others, preset):
        is_gap = is_left & (values == cents)
        is_other = accepted & (values != 0) & ~is_gap
        if is_gap.sum() > is_other.sum():
            money = pd.DataFrame({"cents": cents[is_gap], "currency": frame["currency"][is_gap]})
            ids = frame["invoice_id"][is_gap].reset_index(drop=True)
            log.add("settled_otherwise", f"{header} holds {left}", "doubted", header, ids,
                    money=money.reset_index(drop=True))  # fmt: skip
    return log.problems


def _amounts_of(
    frame: pd.DataFrame, sheet: Sheet, headers: Sequence[str], preset: Preset
) -> Iterator[tuple[str, Cents]]:
    """The headers whose cells are amounts, and (n,) these, nothing where a cell is none."""
    decimals = cells.exponents(pa.array(frame["currency"], pa.string()))[0]
    for header in headers:
        position = sheet.find(header)
        if position is None:
            continue
        read = cells.minor_units(
            sheet.text(position, preset.empty),
            decimals,
            grammar=preset.grammar,
            typed=sheet.is_typed(position),
        )
        if not read.bad.any() and not read.empty.all():
            yield header, np.where(read.empty, 0, read.values)


def net_amounts(
    frame: pd.DataFrame, accepted: Flags, sheet: Sheet, idle: Sequence[str], preset: Preset
) -> list[Problem]:
    """A doubt where tax is a usual share of the amounts, which then are without it.

    Of an amount with its tax a usual rate makes no usual share, 20 per cent of it apart, which is
    the tax of 25 per cent in the amounts of the Nordic countries.
    """
    if "balance" in frame or not {"amount", "currency"} <= {*frame.columns}:
        return []
    amount = frame["amount"].astype("Int64").fillna(0).abs()
    if "tax_amount" in frame:
        tax = frame["tax_amount"].astype("Int64").fillna(0).abs()
    else:
        named = [header for header in idle if _TAX.fullmatch(fold_text(header).strip(" .:"))]
        read = next(_amounts_of(frame, sheet, named, preset), None)
        if read is None:
            return []
        tax = pd.Series(np.abs(read[1]), index=frame.index, dtype="Int64")
    here = accepted & ((tax > 0) & (amount > tax)).to_numpy(dtype=bool)
    if not here.any():
        return []
    net, charged = amount[here].to_numpy(float), tax[here].to_numpy(float)
    is_nordic = frame["currency"][here].isin(("SEK", "DKK", "NOK")).to_numpy(dtype=bool)
    without = _is_usual(charged, net) & ~is_nordic
    within = _is_usual(charged, net - charged)
    is_both = within & np.isclose(charged / net, 0.2, atol=0.002)
    if (without & (~within | is_both)).mean() <= 0.9:
        return []
    log = ProblemLog()
    message = (
        "the tax is a usual share of the amount, as where the amount is without it: what customers"
        " owe is the amount with its tax; name the column of gross amounts"
    )
    money = pd.DataFrame(
        {"cents": tax[here].to_numpy(np.int64), "currency": frame["currency"][here]}
    )
    ids = frame["invoice_id"][here].reset_index(drop=True)
    log.add("net_amounts", message, "doubted", "amount", ids, money=money.reset_index(drop=True))
    return log.problems


def _is_usual(tax: Floats, base: Floats) -> Flags:
    """(n,) whether a tax is a usual rate of its base, to one minor unit."""
    due = base[:, None] * np.array(_TAX_RATES) / 100.0
    return np.asarray((np.abs(due - tax[:, None]) <= 1.0).any(axis=1))
