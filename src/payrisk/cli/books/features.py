"""payrisk features: what is known of invoices and customers as numbers, listed and written."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.context import AllowUndated, AsOf, Json, current_settings
from payrisk.cli.show import show, show_json
from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.features import Feature

WIDTH = 100
"""Columns of a terminal that the list fits in."""
INDENT = "    "
COLUMNS = (("feature", 42), ("unit", 17), ("range", 18), ("more means", 0))


def add_commands(app: typer.Typer) -> None:
    """Register the `payrisk features` commands."""
    features_app = typer.Typer(help="What a model may know of an invoice or a customer.")
    app.add_typer(features_app, name="features")
    features_app.command("list")(list_features)
    features_app.command("build")(build)


def list_features(
    sources: Annotated[
        list[str] | None,
        typer.Option(metavar="STREAM", help="Only features that read this stream (repeatable)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """List every feature: its sentence, unit, range, direction, streams and definition hash."""
    from payrisk.features.catalogue.all import DEFINED

    sources_to_list = _sources(sources or ())
    listed = [
        f for f in DEFINED.values() if not sources_to_list or sources_to_list & set(f.sources)
    ]
    if as_json:
        show_json([feature.to_json() for feature in listed])
        return
    for entity in dict.fromkeys(feature.entity for feature in listed):
        entity_features = [feature for feature in listed if feature.entity == entity]
        for line in _drawn(entity, entity_features):
            typer.echo(line)
        typer.echo()
    n = len(listed)
    typer.echo(f"{n} feature{'' if n == 1 else 's'}; --json prints them with their definitions.")


def _sources(names: Sequence[str]) -> set[str]:
    """The streams asked for; raises InputError for one that there is not."""
    import difflib

    from payrisk.features.streams.sources import SOURCES

    for name in names:
        if name not in SOURCES:
            near = difflib.get_close_matches(name, SOURCES, n=1)
            hint = f"did you mean '{near[0]}'" if near else f"there are {', '.join(SOURCES)}"
            raise InputError(f"There is no stream '{name}'; {hint}.")
    return set(names)


def _drawn(entity: str, features: Sequence[Feature]) -> Iterator[str]:
    """The features of one entity: a line of figures each, and below it what it is made of."""
    yield f"{entity} ({len(features)})"
    yield "".join(f"{head:<{width}}" for head, width in COLUMNS)
    yield "-" * WIDTH
    for feature in features:
        plain = feature.to_json()
        cells = (plain["name"], plain["unit"], _range(feature), plain["more_means"])
        widths = (width for _, width in COLUMNS)
        yield "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        made_of = ", ".join([*feature.sources, *feature.attributes]) or "no stream"
        whole = f"[{made_of}; {feature.definition_hash}]".replace(" ", "\xa0")  # never broken
        lines = textwrap.wrap(f"{feature.meaning} {whole}", WIDTH - len(INDENT))
        yield from (INDENT + line.replace("\xa0", " ") for line in lines)


def _range(feature: Feature) -> str:
    low, high = (f"{end:g}" for end in (feature.low, feature.high))
    if high == "inf":
        return "any" if low == "-inf" else f"{low} or more"
    return f"{low} to {high}"


def build(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    as_of: AsOf = None,
    of: Annotated[
        str,
        typer.Option(
            help="open: open invoices; issue: every invoice on the morning of its issue;"
            " customers: every customer."
        ),
    ] = "open",
    features: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this feature (repeatable, or with commas)."),
    ] = None,
    allow_undated: AllowUndated = None,
    as_json: Json = False,
) -> None:
    """Write the features of open invoices, of invoices at issue, or of customers to a file."""
    from payrisk.calendar import day_of
    from payrisk_pipelines.features import build as run

    settings = current_settings(ctx, as_of=as_of)
    names = [name for option in features or () for name in option.split(",") if name]
    began = time.perf_counter()
    made = run(
        settings,
        out,
        as_of=None if settings.as_of is None else day_of(settings.as_of),
        of=of,
        names=names or None,
        allow_undated=allow_undated or (),
    )
    seconds = round(time.perf_counter() - began, 2)
    if as_json:
        show_json(made.to_json() | {"seconds": seconds})
        return
    show(made.table().assign(seconds=seconds), as_json=False, title="Features written")
