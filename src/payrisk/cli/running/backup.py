"""payrisk backup and restore: a home as one verified file, and a home of it again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import current_settings, utc_now


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk backup` and `payrisk restore`."""

    @app.command()
    def backup(
        ctx: typer.Context,
        file: Annotated[Path, typer.Argument(help="The file to make; none may be there.")],
        keys_to: Annotated[
            Path | None,
            typer.Option(help="A second file for the keys, to be kept elsewhere."),
        ] = None,
    ) -> None:
        """Copy the home into one file and verify it; the service may run on meanwhile."""
        from payrisk.store.vouching.backup_log import note_backup
        from payrisk_pipelines.backing_up import back_up

        settings = current_settings(ctx)
        made = back_up(settings, file, keys_to)
        line = {"taken_at": utc_now(), "file": str(file.resolve()), **asdict(made)}
        try:
            note_backup(settings.home, line)
        except OSError as error:  # the backup stands all the same
            typer.echo(f"The home could not note it ({error.strerror or error}).", err=True)
        verified = "the chain verified" if made.n_unopened else "every one verified"
        typer.echo(
            f"{made.n_files} files, {made.n_bytes / 1e6:,.1f} MB, {made.n_decisions} decisions,"
            f" {verified}."
        )
        _tell_unopened(made.n_unopened)
        if made.head:
            typer.echo(f"The chain ends in {made.head}.")
        for part in made.missing:
            typer.echo(f"Not in it: {part}; back that up with pg_dump.")
        if keys_to is None:
            typer.echo("Keys are not in it; --keys-to FILE keeps them apart.")

    @app.command()
    def restore(
        ctx: typer.Context,
        file: Annotated[Path, typer.Argument(help="What `payrisk backup` made.")],
        keys: Annotated[
            Path | None, typer.Option(help="The file of keys that was kept apart.")
        ] = None,
    ) -> None:
        """Make the home of a backup, in a folder that is empty or not there, and verify it."""
        from payrisk_pipelines.backing_up import restore as run

        settings = current_settings(ctx)
        made = run(file, settings.home, keys, settings.personal_keys)
        typer.echo(f"{made.n_files} files and {made.n_decisions} decisions are there, verified.")
        _tell_unopened(made.n_unopened)
        if keys is None:
            typer.echo("Keys are not; whoever asks needs new ones, or --keys FILE.")


def _tell_unopened(n_unopened: int) -> None:
    if n_unopened:
        typer.echo(
            f"Not checked without the key: what {n_unopened} records have sealed; set"
            " PAYRISK_PERSONAL_KEYS to check it, and keep that file safe as well."
        )
