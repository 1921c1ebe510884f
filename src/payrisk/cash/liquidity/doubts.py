"""What a plan's answer cannot tell: old balances, nothing ahead, lines that are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from payrisk.calendar import iso
from payrisk.cash.liquidity.paths import NET_FLOW, STALE, MoneyPath
from payrisk.cash.liquidity.plans import CashPlan


def stale_balances(paths: Iterable[MoneyPath]) -> list[str]:
    """A clause for each holder whose bank balance is older than a ledger may be.

    Nothing tells what has left an account since but the plan and the ledger's own receipts.
    """
    return [
        f"the bank balance of {path.holder} {path.currency} is of {iso(path.opening_on)},"
        f" {path.as_of - 1 - path.opening_on} days old: stale"
        for path in paths
        if path.measure == STALE and path.opening_on is not None
    ]


def plan_notes(
    plan: CashPlan, paths: Sequence[MoneyPath], stale: Sequence[str]
) -> tuple[str, ...]:
    """Sentences on what the walked paths of a plan leave out or cannot tell, the gravest first.

    stale: clauses of `stale_balances`.
    """
    if not paths:
        return ()
    as_of, last = paths[0].as_of, paths[0].as_of + len(paths[0].need) - 1
    notes = [
        f"{clause[0].upper()}{clause[1:]}. Of what left it since, only lines of the plan are"
        " in it; give a later balance."
        for clause in stale
    ]
    if idle := _named(path for path in paths if not path.has_claims):
        notes.append(
            f"Nothing that goes out or must be there lies ahead of {iso(as_of)} in the plan for"
            f" {idle}, so nothing tells whether the money is enough."
        )
    if dry := _named(path for path in paths if not any(d.any() for d in path.receipts.values())):
        notes.append(f"No receipts are expected of {dry}; check who and which currency.")
    if without := _named(path for path in paths if path.measure == NET_FLOW):
        notes.append(f"Net flow, not a position, for want of a bank balance: {without}.")
    flows = [line for line in plan.lines if line.kind != "opening"]
    if late := sum(line.on_day > last for line in flows):
        notes.append(f"{_lines(late)} of the plan after {iso(last)}: not in it.")
    if past := sum(line.on_day < as_of and line.kind != "minimum" for line in flows):
        notes.append(
            f"{_lines(past)} of the plan before {iso(as_of)}: in it where a balance is older, else"
            " not."
        )
    return tuple(notes)


def _named(paths: Iterable[MoneyPath]) -> str:
    return ", ".join(sorted({f"{path.holder} {path.currency}" for path in paths}))


def _lines(count: int) -> str:
    return f"{count} line" if count == 1 else f"{count} lines"
