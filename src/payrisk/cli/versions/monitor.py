"""payrisk monitor: whether the champions still fit, and what to do where they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import AsOf, Json, current_settings, day_or_none
from payrisk.cli.show import show, show_json


def add_commands(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(monitor)


def monitor(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A model; all champions if absent.")] = None,
    as_of: AsOf = None,
    days: Annotated[int, typer.Option(min=7, max=91, help="Days watched before --as-of.")] = 28,
    report: Annotated[
        Path | None, typer.Option(help="Also write a page with tables to this HTML file.")
    ] = None,
    metrics: Annotated[
        Path | None, typer.Option(help="Also write Prometheus text to this file.")
    ] = None,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit with 1 on any alarm, or a damaged champion.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Watch the champions: inputs, predictions, outcomes, freshness; says whether to retrain."""
    import pandas as pd

    from payrisk_pipelines.backtests.report import require_writable
    from payrisk_pipelines.watching.monitor import monitor as run
    from payrisk_pipelines.watching.monitor import write
    from payrisk_pipelines.watching.monitor_report import report as page

    for target in (report, metrics):
        if target is not None:
            require_writable(target)
    settings = current_settings(ctx, as_of=as_of)
    watch = run(settings, name, as_of=day_or_none(settings.as_of), days=days)
    if report is not None:
        write(report, page(watch))
    if metrics is not None:
        write(metrics, watch.metrics)
    code = int(fail and watch.is_failure)
    if as_json:
        reports = [watched.to_json() for watched in watch.reports]
        show_json({"reports": reports, "unwatched": watch.unwatched})
        return code
    for watched in watch.reports:
        rows = [
            {"family": f.family, "comparison": f.what, "strength": f.strength, "alarm": f.is_alarm}
            for f in watched.findings[:12]
        ]
        show(pd.DataFrame(rows), as_json=False, title=f"{watched.name}: strongest comparisons")
        for note in watched.notes:
            typer.echo(note)
        typer.echo(watched.sentence)
    for model, why in watch.unwatched.items():
        typer.echo(f"{model} is not watched: {why}")
    return code
