"""payrisk forecast scenarios and positions: what if, and what stays open."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.context import AsOf, Json, current_settings, day_or_none
from payrisk.cli.show import show

if TYPE_CHECKING:
    from payrisk.answers.cash.treasury import Outlook

By = Annotated[str, typer.Option(help="day, week, month or quarter.")]
Horizon = Annotated[int, typer.Option(help="Days ahead.")]
Base = Annotated[
    str | None, typer.Option(metavar="CURRENCY", help="Also show all currencies in this one.")
]
RateType = Annotated[str, typer.Option(help="Which of the ledger's rates convert.")]
AdjustedView = Annotated[
    bool, typer.Option("--adjusted", help="With promises and user dates, not the model alone.")
]
Layered = Annotated[
    str, typer.Option("--layer", help="all receipts to come, or those of open invoices alone.")
]
InSample = Annotated[
    bool,
    typer.Option("--in-sample", help="Also for a morning before the model's own; so marked."),
]
CENTS = (
    "expected", "p025", "p05", "p01", "p10", "p50", "p90", "p975", "open_balance",
    "settled_by_credits", "within_horizon", "beyond_horizon", "never", "actual", "variance",
    "error", "late_facts", "reversals", "default", "short_pay_credit", "timing", "new_invoices",
    "on_account", "fx", "before", "gone", "new", "revised", "after", "difference", "need",
    "mean_shortfall", "total_with", "total_without", "residual", "open", "overdue", "open_p10",
    "open_p50", "open_p90", "overdue_p10", "overdue_p50", "overdue_p90", "discount", "promised",
    "came", "model", "override_error", "model_error", "amount",
    "adjusted", "of_own_group", "not_yet_issued", "open_invoices", "booked_before", "from_factor",
    "of_today",
    "of_new_invoices", "overdue_of_today", "overdue_of_today_p10", "overdue_of_today_p50",
    "overdue_of_today_p90", "billed_in_window",
)  # fmt: skip
"""Columns in minor units."""


def add_commands(group: typer.Typer) -> None:
    """Register the commands under `payrisk forecast`."""

    @group.command()
    def scenarios(  # noqa: PLR0913, PLR0917 - one argument an option
        ctx: typer.Context,
        what: Annotated[
            list[str],
            typer.Argument(
                metavar="SCENARIO...",
                help="largest:N:DAYS, slower:PERCENT, stops:customer|parent|country|entity:NAME,"
                " fx:CURRENCY:PERCENT, discount:PERCENT:DAYS:NET[:TAKE-UP], terms:DAYS.",
            ),
        ],
        as_of: AsOf = None,
        by: By = "week",
        horizon_days: Horizon = 91,
        layer: Layered = "all",
        base: Base = None,
        rate_type: RateType = "spot",
        in_sample: InSample = False,
        as_json: Json = False,
    ) -> None:
        """Show the forecast under named changes, side by side."""
        from payrisk.answers.cash.changed_receipts import changes_side_by_side, described
        from payrisk.answers.cash.receipts import Receipts, checked_layer
        from payrisk.cash.forecasting.grains import cut_short
        from payrisk.cash.views.discounts import discount_cost, discount_from_text

        named = checked_layer(layer)
        outlook = read_outlook(
            ctx, as_of, horizon_days, base=base, rate_type=rate_type, in_sample=in_sample
        )
        asked_for = outlook.scenarios(what)
        receipts = Receipts.of(outlook)
        tables = {"scenarios": changes_side_by_side(receipts, asked_for, by, named)}
        for scenario in asked_for:
            if scenario.name.startswith("discount:"):
                cost = discount_cost(
                    outlook.cash, scenario.cash, discount_from_text(scenario.name)
                )
                tables[scenario.name] = cost
        if not as_json:
            for scenario in asked_for:
                typer.echo(f"{scenario.name}: {described(scenario, named)}")
        show(tables, as_json=as_json, money=CENTS, limit=200)
        if not as_json and (cut := cut_short(by, outlook.cash.as_of, horizon_days)):
            typer.echo(f"\n{cut}")

    @group.command()
    def positions(
        ctx: typer.Context,
        as_of: AsOf = None,
        by: By = "week",
        horizon_days: Horizon = 91,
        layer: Layered = "all",
        in_sample: InSample = False,
        as_json: Json = False,
    ) -> None:
        """Forecast open balance, overdue and DSO, and name the invoices that make a bucket."""
        from payrisk.answers.cash.coming_positions import (
            MEANING,
            NEVER_HELD,
            coming_positions,
        )
        from payrisk.answers.cash.receipts import Receipts, checked_layer
        from payrisk.cash.views.concentration import large_invoices

        named = checked_layer(layer)
        outlook = read_outlook(ctx, as_of, horizon_days, in_sample=in_sample)
        if not as_json:
            typer.echo(f"Layer {named}: {MEANING[named]}; {NEVER_HELD}.")
        tables = {
            "positions": coming_positions(Receipts.of(outlook), by, named),
            "large_invoices": large_invoices(outlook.cash, by),
        }
        show(tables, as_json=as_json, money=CENTS)


def read_outlook(
    ctx: typer.Context,
    as_of: dt.date | None,
    horizon_days: int,
    *,
    overrides: Path | None = None,
    base: str | None = None,
    rate_type: str = "spot",
    in_sample: bool = False,
) -> Outlook:
    """A forecast of the home with what treasury lays beside it; a doubt of it is said at once."""
    from payrisk import answers
    from payrisk.answers.cash.treasury import Outlook
    from payrisk.cash.views.adjusting import overrides_from_file

    settings = current_settings(ctx)
    user_dates = None if overrides is None else overrides_from_file(overrides)
    house = answers.read_answers_for_one_question(
        settings.home, mornings_kept=settings.mornings_kept
    )
    day = day_or_none(as_of or settings.as_of) or house.ledger.default_as_of
    outlook = Outlook.of(
        house,
        as_of=day,
        horizon_days=horizon_days,
        overrides=user_dates,
        base=base,
        rate_type=rate_type,
        in_sample=in_sample,
    )
    if outlook.cash.doubt:
        typer.echo(f"Not verified: {outlook.cash.doubt}.", err=True)
    return outlook
