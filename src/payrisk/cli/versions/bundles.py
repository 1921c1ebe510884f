"""payrisk bundle verify: whether the models on disk are whole and answer as when trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.context import Json, current_settings
from payrisk.cli.show import show

if TYPE_CHECKING:
    from payrisk.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk bundle`."""
    group = typer.Typer(help="Check the models on disk.", rich_markup_mode=None)
    group.command()(verify)
    app.add_typer(group, name="bundle")

    @group.callback()
    def bundle() -> None:
        """Check the models on disk."""


def verify(
    ctx: typer.Context,
    what: Annotated[
        str | None,
        typer.Argument(help="A bundle's folder, or a model's name; default: all of the home."),
    ] = None,
    version: Annotated[str | None, typer.Argument(help="Of that model; default: all.")] = None,
    as_json: Json = False,
) -> int:
    """Check every byte, load in a process apart, match the golden rows; code 1 if one is damaged.

    A champion must also be, bit for bit, the bundle that was promoted.
    """
    import pandas as pd

    settings = current_settings(ctx)
    rows = [_checked(settings, folder) for folder in _folders(settings.home, what, version)]
    if not rows and not as_json:
        typer.echo("No bundle is here yet; `payrisk promote` brings the first.")
        return 0
    columns = ["model", "version", "answers", "is_whole", "digest", "why_not"]
    show(pd.DataFrame(rows, columns=columns), as_json=as_json, title="bundles")
    return 0 if all(row["is_whole"] for row in rows) else 1


def _folders(home: Path, what: str | None, version: str | None) -> list[Path]:
    from payrisk import pointers
    from payrisk.errors import InputError

    if what is not None and pointers.NAME.fullmatch(what) is None:
        folder = Path(what)
        if not folder.is_dir() or version is not None:
            raise InputError(f"'{what}' is no folder and no model's name; give one of them.")
        return [folder.absolute()]
    root = home / "bundles"
    if what is not None and version is not None:
        if not (root / what / version).is_dir():
            raise InputError(f"{root} holds no version {version} of '{what}'; promote it first.")
        return [root / what / version]
    if what is not None and not (root / what).is_dir():
        if Path(what).is_dir():
            return [Path(what).absolute()]
        raise InputError(f"{root} holds no bundle of '{what}'; promote a version first.")
    names = sorted(root.iterdir()) if what is None and root.is_dir() else [root / (what or "-")]
    return [
        folder
        for name in names
        if name.is_dir()
        for folder in sorted(name.iterdir())
        if not folder.name.startswith(".")
    ]


def _checked(settings: Settings, folder: Path) -> dict[str, object]:
    from payrisk import bundle, pointers
    from payrisk.errors import ModelError

    name, version, why, digest = folder.parent.name, folder.name, "", ""
    is_own = folder.parent.parent == settings.home / "bundles"
    answers = False
    try:
        pointed = pointers.champion(settings.home, name) if is_own else None
        answers = pointed is not None and pointed.version == version
        if pointed is not None and answers:
            loaded = bundle.load_promoted(settings.home, name, pointed)
        else:
            loaded = bundle.load(folder)
        name, digest = loaded.name, loaded.digest[:12]
        if is_own and loaded.name != folder.parent.name:
            why = f"It is a bundle of '{loaded.name}' in the folder of '{folder.parent.name}'."
    except ModelError as error:
        why = str(error)
    return {
        "model": name,
        "version": version,
        "answers": answers,
        "is_whole": not why,
        "digest": digest,
        "why_not": why,
    }
