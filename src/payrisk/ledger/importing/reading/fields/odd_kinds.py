"""Rows of a kind or a side that is not sure: read by their amounts, doubted with their money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from payrisk.arrays import Flags
from payrisk.ledger.facts.kinds import CREDIT_KINDS
from payrisk.ledger.facts.problems import Problem, ProblemLog
from payrisk.ledger.importing.reading.cells import ParsedColumn, flags_of
from payrisk.ledger.importing.reading.fields.kind_columns import KindWords
from payrisk.ledger.importing.reading.headers.synonyms import header_words
from payrisk.ledger.importing.reading.headers.telling import TYPES
from payrisk.ledger.importing.reading.sheet import Sheet

_SHOWN = 3  # cells that a message repeats


@dataclass(frozen=True)
class Sides:
    """The columns of a file by side, and (n,) which credits of it are owed by their sign alone."""

    parsed: dict[str, ParsedColumn]
    turned: Flags


def by_side(
    parsed: Mapping[str, ParsedColumn], kinds: KindWords, table: str, *, by_words: bool
) -> Sides:
    """Money that goes back as what it does: a payment below zero, or a document that is owed.

    by_words: whether words alone tell what a row is. Where such a document list writes most of its
    credits with one sign, those of the other take something back, so that it is owed again.
    """
    out, back = dict(parsed), kinds.goes_back
    none = np.zeros(len(back), dtype=bool)
    if table == "credits":
        for name in ("amount", "allocated_amount"):
            if name in out and back.any():
                cents = pd.Series(out[name].values)
                out[name] = replace(out[name], values=cents.mask(back, -cents.abs()).array)
        return Sides(out, none)
    if not by_words or table != "invoices" or "document" not in out or "amount" not in out:
        return Sides(out, none)
    document = pd.Series(out["document"].values)
    cents = pd.Series(out["amount"].values).astype("Int64")
    is_credit = document.isin(CREDIT_KINDS).to_numpy(dtype=bool) & ~out["amount"].bad & ~back
    below, above = (
        is_credit & side.fillna(value=False).to_numpy(dtype=bool)
        for side in (cents < 0, cents > 0)
    )
    turned = none
    if below.any() and above.any():
        turned = above if above.sum() <= below.sum() else below
    owed = back | turned
    if owed.any():
        out["document"] = replace(out["document"], values=document.mask(owed, "invoice").array)
        out["amount"] = replace(out["amount"], values=cents.mask(owed, cents.abs()).array)
        out |= _due_at_once(out, owed)
    return Sides(out, turned)


def _due_at_once(parsed: Mapping[str, ParsedColumn], owed: Flags) -> dict[str, ParsedColumn]:
    if not {"due_on", "issued_on"} <= parsed.keys():
        return {}
    due, hit = parsed["due_on"], owed & parsed["due_on"].empty
    days = np.where(hit, np.asarray(parsed["issued_on"].values), np.asarray(due.values))
    return {"due_on": replace(due, values=days, empty=due.empty & ~hit)}


def odd_kinds(
    frame: pd.DataFrame, kinds: KindWords, turned: Flags, accepted: Flags, sheet: Sheet
) -> list[Problem]:
    """Doubts of accepted rows of a kind that is not known, or on the other side, by currency."""
    out: list[Problem] = []
    for header, unknown in kinds.unknown.items():
        hit = unknown & accepted
        if hit.any():
            cells = sheet.text(sheet.header.index(header)).filter(pa.array(hit))
            named = sorted(pc.unique(cells).to_pylist())
            said = ", ".join(named[:_SHOWN]) + (" …" if len(named) > _SHOWN else "")
            how = (
                "invoices, or credit notes where they are below zero; say what they are in a"
                f' mapping: document = {{ column = "{header}", values = {{ … }} }}'
                if header_words(header) in TYPES
                else "owed as far as their amounts say; give what is paid or open of them, a"
                " credit for what ended them, or name the column in a mapping"
            )
            message = f"rows whose {header} is not known ({said}): they count as {how}"
            out += _doubted("unknown_kind", message, frame[hit], sheet)
    message = (
        "credits whose sign is not that of the file's others, as where a payment came back: they"
        " count as owed from their day on; where they are credits, correct the sign"
    )
    out += _doubted("other_side", message, frame[turned & accepted], sheet)
    typed = [h for h in kinds.headers if header_words(h) in TYPES]
    if typed and {"document", "amount"} <= {*frame.columns}:
        is_billed = accepted & flags_of(kinds.texts["document"].is_valid())
        is_billed &= (frame["document"] == "invoice").to_numpy(dtype=bool)
        below = is_billed & (frame["amount"] < 0).fillna(value=False).to_numpy(dtype=bool)
        if 2 * below.sum() > is_billed.sum():
            message = (
                f"most rows that are invoices by their {typed[0]} are below zero, and count as"
                " credit notes: where the file writes what is owed below zero, say negate = true"
                " for the amount in a mapping"
            )
            out += _doubted("invoices_below_zero", message, frame[below], sheet)
    return out


def _doubted(code: str, message: str, odd: pd.DataFrame, sheet: Sheet) -> list[Problem]:
    if not len(odd):
        return []
    cents = odd["amount"].astype("Int64").abs().fillna(0).to_numpy(dtype=np.int64)
    money = pd.DataFrame({"cents": cents, "currency": odd["currency"].to_numpy(dtype=object)})
    log = ProblemLog()
    ids = odd["invoice_id"].reset_index(drop=True)
    log.add(code, message, "doubted", "document", ids, money=money)
    return [replace(problem, file=sheet.name) for problem in log.problems]
