"""payrisk train, promote, rollback, models: learn and choose what answers."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.context import (
    AllowUndated,
    AsOf,
    Json,
    authorised_settings,
    current_settings,
    day_or_none,
    utc_now,
)
from payrisk.cli.show import show, show_json
from payrisk.cli.versions import applicants
from payrisk.cli.versions.applicants import AllowLeak, Applications, MappingFile
from payrisk.errors import ModelError

if TYPE_CHECKING:
    from payrisk.registry import Registry, Version
    from payrisk.settings import Settings

HEADS = {"pit_deviation": "pit", "coverage_80": "cover_80", "log_loss_late": "ll_late"}
"""Shorter column heads for people; --json keeps the names of docs/design.md, 'Curve metrics'."""

Name = Annotated[str, typer.Argument(help="Name of the model, such as days-to-pay.")]


def add_commands(app: typer.Typer) -> None:
    """Register the commands on models."""
    for command in (train, promote, rollback):
        app.command()(command)
    app.command("models")(list_models)


def train(  # noqa: PLR0913, PLR0917 - one argument an option
    ctx: typer.Context,
    name: Name,
    as_of: AsOf = None,
    allow_undated: AllowUndated = None,
    applications: Applications = None,
    mapping: MappingFile = None,
    allow_leak: AllowLeak = None,
    with_settings: Annotated[
        Path | None,
        typer.Option(
            "--settings", metavar="FILE", help="Settings instead of the spec's: `tune --out` FILE."
        ),
    ] = None,
    recipe: Annotated[
        str,
        typer.Option(
            metavar="RECIPE",
            help="Another recipe: scorecard of new-customer; attributes, counting of days-to-pay.",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Train a model, judge it on later dates beside baselines, register the candidate."""
    from payrisk_pipelines.training.heads import TrainingOptions

    settings = current_settings(ctx, as_of=as_of)
    if applicants.is_applicant_model(name, applications, mapping, allow_leak):
        applicants.train(
            settings,
            name,
            applications,
            mapping,
            TrainingOptions(git_commit(), allow_leaks=allow_leak or (), recipe=recipe),
            day=day_or_none(settings.as_of),
            as_json=as_json,
        )
        return
    from payrisk_pipelines.training.train import train as run
    from payrisk_pipelines.training.tuned import read_settings

    trained = run(
        settings,
        name,
        day_or_none(settings.as_of),
        options=TrainingOptions(
            git_commit(),
            allow_undated or (),
            recipe=recipe,
            own_settings=None if with_settings is None else read_settings(with_settings, name),
        ),
    )
    if as_json:
        show_json(trained.to_json())
        return
    show(trained.table().rename(columns=HEADS), as_json=False, title=name)
    typer.echo(trained.sentence)
    if name == "days-to-pay" and not recipe and trained.card.verdict.outcome != "passed":
        typer.echo(
            "On a small ledger counting may be all there is to learn:"
            " 'payrisk train days-to-pay --recipe counting' judges the best way of it."
        )


def promote(
    ctx: typer.Context,
    name: Name,
    version: Annotated[str | None, typer.Argument(help="Default: the candidate.")] = None,
    force: Annotated[
        str, typer.Option(metavar="REASON", help="Promote although the gates refused it.")
    ] = "",
) -> None:
    """Let a version answer: the local champion first, MLflow's alias after."""
    from payrisk_models import spec

    spec(name)  # a name that no model has is told the names there are
    from payrisk_pipelines.training.regate import regate
    from payrisk_pipelines.versions.promoting import promote as run

    moved = run(
        authorised_settings(ctx, "data_scientist"),
        name,
        version,
        moved_at=utc_now(),
        reason=force,
        regate=regate,
    )
    typer.echo(f"{name} version {moved.version} answers now.")
    if moved.note:
        typer.echo(moved.note, err=True)


def rollback(ctx: typer.Context, name: Name) -> None:
    """Let the previous champion answer again: here at once, then MLflow's alias."""
    from payrisk_pipelines.versions.promoting import Promotion, mirror_aliases, roll_back

    settings = current_settings(ctx)
    if not (settings.home / "champions" / name).is_file():
        from payrisk_models import spec  # a second that a rollback does not have

        spec(name)
    moved = roll_back(settings, name, moved_at=utc_now())
    typer.echo(f"{name} version {moved.version} answers again.")
    moved_back = Promotion(
        name, moved.version, untold=mirror_aliases(settings, name, moved.version)
    )
    if moved_back.note:
        typer.echo(moved_back.note, err=True)


def list_models(ctx: typer.Context, as_json: Json = False) -> None:
    """List the registered versions, their gates, which answers here and whether it expired."""
    import pandas as pd

    from payrisk import bundle

    settings = current_settings(ctx)
    answering: dict[str, str | None] = {}
    rows = []
    for version in _registry(settings).versions():
        if version.name not in answering:
            answering[version.name] = bundle.champion_version(settings.home, version.name)
        rows.append(_row(version, answering[version.name]))
    if not rows and not as_json:
        typer.echo("No model is registered here yet; `payrisk train days-to-pay` makes the first.")
        return
    columns = ["model", "version", "answers", "aliases", "gate", "as_of", "ledger"]
    show(pd.DataFrame(rows, columns=columns), as_json=as_json, title="models")
    for sentence in _expired(settings, answering):
        typer.echo(sentence, err=True)


def _expired(settings: Settings, answering: Mapping[str, str | None]) -> list[str]:
    """A sentence for each champion whose card expired before the morning that is served."""
    from payrisk import bundle, sealed
    from payrisk.answers.champions import expiry_warning
    from payrisk.calendar import day_of

    as_of = day_of(settings.as_of or dt.datetime.now().astimezone().date())
    warnings = []
    for name, version in answering.items():
        with contextlib.suppress(ModelError, KeyError, ValueError):  # `bundle verify` tells these
            files = sealed.read(bundle.bundle_folder(settings.home, name, version or "")).files
            warnings.append(
                expiry_warning(name, version or "", json.loads(files["card.json"]), as_of)
            )
    return [sentence for sentence in warnings if sentence]


def _row(version: Version, answering: str | None) -> dict[str, object]:
    return {
        "model": version.name,
        "version": version.version,
        "answers": version.version == answering,
        "aliases": ", ".join(version.aliases),
        "gate": version.tags.get("gate", ""),
        "as_of": version.tags.get("as_of", ""),
        "ledger": version.tags.get("ledger_sha", "")[:12],
    }


def _registry(settings: Settings) -> Registry:
    from payrisk_pipelines.versions.finding import registry_of

    return registry_of(settings)


def git_commit() -> str:
    """The commit of the checkout this runs from; '' when installed from a wheel."""
    root = Path(__file__).parents[4]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
