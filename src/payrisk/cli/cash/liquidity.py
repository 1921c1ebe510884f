"""payrisk forecast liquidity: how likely cash is short, of single needs or along a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.cash.what_if import (
    CENTS,
    AdjustedView,
    By,
    Horizon,
    InSample,
    Layered,
    RateType,
    read_outlook,
)
from payrisk.cli.context import AsOf, Json
from payrisk.cli.show import show, show_json
from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.answers.cash.liquidity_ahead import LiquidityAhead

Plan = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="FILE.csv",
        help="Balances, needs and flows: kind (opening, inflow, outflow, need, minimum), on,"
        " entity_id, currency, amount, account, source, note.",
    ),
]
Pools = Annotated[
    Path | None,
    typer.Option(
        "--pools",
        metavar="FILE.csv",
        help="Whose money is one: pool, pool_currency, entity_id, currency, trapped, rate,"
        " rate_on.",
    ),
]
MONEY = (
    *CENTS, "opening", "inflows", "outflows", "closing", "worst", "headroom", "least_headroom",
    "least_headroom_p10", "least_headroom_p50", "worst_headroom", "expected_from", "trapped",
)  # fmt: skip


def add_commands(group: typer.Typer) -> None:
    """Register `payrisk forecast liquidity`."""

    @group.command()
    def liquidity(  # noqa: PLR0913, PLR0917 - one argument an option
        ctx: typer.Context,
        need: Annotated[
            list[str] | None,
            typer.Argument(
                metavar="[CURRENCY:AMOUNT:DATE[:ENTITY]...]",
                help="EUR:250000.00:2025-06-30:DE01; the entity where several receive it.",
            ),
        ] = None,
        plan: Plan = None,
        pools: Pools = None,
        as_of: AsOf = None,
        by: By = "week",
        horizon_days: Horizon = 91,
        layer: Layered = "all",
        rate_type: RateType = "spot",
        adjusted: AdjustedView = False,
        in_sample: InSample = False,
        as_json: Json = False,
    ) -> None:
        """Say how likely cash falls short of a need, or of a plan of balances, needs and flows."""
        from payrisk.answers.cash.liquidity_ahead import liquidity_ahead
        from payrisk.answers.cash.needs_at_risk import needs_at_risk
        from payrisk.answers.cash.receipts import Receipts, checked_layer
        from payrisk.cash.forecasting.grains import cut_short
        from payrisk.cash.liquidity.plans import plan_from_file
        from payrisk.cash.liquidity.pools import pools_from_file
        from payrisk.cash.views.liquidity import need_from_text

        if bool(need) == (plan is not None):
            raise InputError("Name needs, like EUR:250000.00:2025-06-30, or a plan by --plan.")
        if pools is not None and plan is None:
            raise InputError("Pools are of a plan; name one by --plan FILE.csv.")
        named = checked_layer(layer)
        needs = [need_from_text(text) for text in need or ()]
        lines = None if plan is None else plan_from_file(plan)
        declared = [] if pools is None else pools_from_file(pools)
        outlook = read_outlook(ctx, as_of, horizon_days, in_sample=in_sample)
        if lines is None:
            receipts = Receipts.of(outlook, adjusted=adjusted)
            title = "Net flow at risk: cash to come, without what is in the bank"
            table = needs_at_risk(receipts, needs, named)
            show(table, as_json=as_json, title=title, money=MONEY)
            return
        ahead = liquidity_ahead(
            outlook,
            lines,
            declared,
            grain=by,
            layer=named,
            adjusted=adjusted,
            rate_type=rate_type,
        )
        if as_json:
            show_json(_document(ahead))
            return
        typer.echo(f"Layer {named}; {ahead.basis_said}; intervals: {ahead.verified}")
        for note in (*ahead.notes, cut_short(by, ahead.as_of, horizon_days)):
            typer.echo(note) if note else None
        tables = {name: getattr(ahead, name) for name in _TITLES}
        tables["headroom"] = ahead.headroom.drop(columns="has_claims")
        tables["walk"] = ahead.walk.drop(columns="is_partial")
        shown = {_TITLES[name]: table for name, table in tables.items() if len(table)}
        show(shown, as_json=False, money=MONEY, limit=100)


_TITLES = {
    "headroom": "Least headroom over all evenings, and the chance that any need is missed",
    "needs": "Need by need: is there enough that evening?",
    "walk": "From opening to closing; worst: of the draw that runs lowest against its needs",
    "lines": "What the opening is made of; uncounted lines are in the balance or in receipts",
    "members": "Pools: members, what of them is trapped, and at which rate they count",
    "hinges": "Open invoices the riskiest need hangs on; gain: what collecting one is worth",
}


def _document(ahead: LiquidityAhead) -> dict[str, object]:
    from payrisk.calendar import iso
    from payrisk.files import plain_rows

    grounds = {
        "as_of": iso(ahead.as_of),
        "layer": ahead.layer,
        "basis_said": ahead.basis_said,
        "verified": ahead.verified,
        "notes": list(ahead.notes),
    }
    tables = {name: getattr(ahead, name) for name in _TITLES}
    return grounds | {
        name: plain_rows(table, set(MONEY) & set(table.columns)) for name, table in tables.items()
    }
