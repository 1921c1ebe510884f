"""payrisk forecast list, show, compare, actuals: what was published, and what then came."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from payrisk.cli.cash.what_if import CENTS, AdjustedView, By, Layered
from payrisk.cli.context import Json, current_settings, date_option, day_or_none
from payrisk.cli.show import show

if TYPE_CHECKING:
    import pandas as pd

Name = Annotated[str, typer.Argument(metavar="ID", help="A forecast of 'payrisk forecast list'.")]


def add_commands(group: typer.Typer) -> None:
    """Register the commands on published forecasts."""
    _kept(group)
    _actuals(group)


def _kept(group: typer.Typer) -> None:
    @group.command("list")
    def list_(ctx: typer.Context, as_json: Json = False) -> None:
        """List the published forecasts, by day."""
        from payrisk.cash.published import snapshots

        home = current_settings(ctx).home
        manifests = [snapshots.manifest(home, name) for name in snapshots.names(home)]
        if not manifests and not as_json:
            typer.echo("No forecast is published yet; 'payrisk forecast publish' does it.")
            return
        show(snapshot_table(manifests), as_json=as_json, title="Published forecasts", money=CENTS)

    @group.command("show")
    def show_(
        ctx: typer.Context,
        name: Name,
        by: By = "week",
        as_json: Json = False,
    ) -> None:
        """Show a published forecast: the model's view beside the adjusted one."""
        import pandas as pd

        from payrisk.answers.cash.publishing import published_side_by_side, published_totals
        from payrisk.cash.published import snapshots

        snapshot = snapshots.read(current_settings(ctx).home, name)
        facts = [(key, str(value)) for key, value in snapshot.manifest.items() if key != "files"]
        assumptions = pd.DataFrame(facts, columns=["name", "value"])
        overrides = snapshot.tables["overrides"]
        if as_json:
            totals = published_totals(snapshot, by)
            tables = {"totals": totals, "overrides": overrides, "assumptions": assumptions}
            show(tables, as_json=True, money=CENTS)
            return
        title = f"{name}, as it was published; not_yet_issued is in no other column"
        tables = {title: published_side_by_side(snapshot, by)}
        if len(overrides):
            tables["What people said, in 'adjusted' where it applied"] = overrides
        show(tables | {"What it stands on": assumptions}, as_json=False, money=CENTS, limit=200)

    @group.command()
    def compare(
        ctx: typer.Context,
        before: Name,
        after: Name,
        adjusted: AdjustedView = False,
        as_json: Json = False,
    ) -> None:
        """Say what changed from one published forecast to another, over the days both look at."""
        from payrisk.cash.published import snapshots

        home = current_settings(ctx).home
        table = snapshots.compare(
            snapshots.read(home, before), snapshots.read(home, after), adjusted=adjusted
        )
        title = f"{before} to {after}: before + gone + new + revised = after"
        show(table, as_json=as_json, title=title, money=CENTS)


def _actuals(group: typer.Typer) -> None:
    @group.command()
    def actuals(
        ctx: typer.Context,
        name: Name,
        until: Annotated[
            dt.date | None, date_option("--until", "Last day compared; default all that is over.")
        ] = None,
        known_before: Annotated[
            dt.date | None,
            date_option("--known", "The morning whose knowledge judges; default all recorded."),
        ] = None,
        by: By = "week",
        layer: Layered = "all",
        adjusted: AdjustedView = False,
        as_json: Json = False,
    ) -> None:
        """Hold a published forecast against what came; the variance's parts sum to the cent."""
        from payrisk.answers.cash.actuals import hold_against_actuals
        from payrisk.answers.cash.receipts import checked_layer
        from payrisk.calendar import iso
        from payrisk.cash.published import override_accuracy, snapshots
        from payrisk.cash.published.variance import MEANING, PARTS
        from payrisk.ledger.stored import storage

        home = current_settings(ctx).home
        snapshot = snapshots.read(home, name)
        outcome = hold_against_actuals(
            snapshot,
            storage.load(home),
            known_before=day_or_none(known_before),
            end_on=day_or_none(until),
            grain=by,
            adjusted=adjusted,
            layer=checked_layer(layer),
        )
        days = f"{iso(outcome.variance.as_of)} to {iso(outcome.variance.end_on)}"
        titles = {
            "variance": f"Cash of {days} by booking date: expected + parts = actual",
            "base": "The same in the base currency, at the published rates",
            "buckets": "All receipts, bucket by bucket"
            if layer == "all"
            else "Of the invoices then open, bucket by bucket",
            "summary": "WAPE bucket by bucket; net accuracy lets errors cancel and flatters",
            "overrides": "What people said, beside the model: mean absolute errors",
            "invoices": "Invoices issued before it that moved it most",
        }
        moved = outcome.variance.invoices
        moved = moved[moved["new_invoices"] == 0]
        moved = moved.loc[
            (moved["actual"] - moved["expected"]).abs().sort_values(ascending=False).index
        ]
        tables: dict[str, pd.DataFrame] = {
            "variance": outcome.variance.totals,
            "base": outcome.base,
            "buckets": outcome.buckets,
            "summary": outcome.summary,
            "overrides": override_accuracy.by_owner(outcome.overrides),
            "invoices": moved,
        }
        if as_json:
            show(tables, as_json=True, money=CENTS)
            return
        shown = {titles[key]: table for key, table in tables.items() if len(table)}
        show(shown, as_json=False, money=CENTS, limit=20)
        typer.echo("\nWhat the parts mean, in the order in which they take their cents:")
        for part in PARTS:
            if outcome.variance.totals[part].any():
                typer.echo(f"  {part}: {MEANING[part]}")


def snapshot_table(manifests: Any) -> pd.DataFrame:
    """Published forecasts, a row each."""
    import pandas as pd

    columns = ["name", "as_of", "model_version", "horizon_days", "n_open_invoices", "published_at",
               "ledger_sha", "verified"]  # fmt: skip
    rows = [{name: entry.get(name) for name in columns} for entry in manifests]
    table = pd.DataFrame(rows, columns=columns)
    table["ledger"] = table.pop("ledger_sha").astype(str).str[:12]
    return table.rename(columns={"as_of": "made_for"})
