"""payrisk trust and upgrade: whose bundles this home takes, and a home of the release before."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from payrisk.cli.context import Json, current_settings, utc_now


def add_commands(app: typer.Typer) -> None:
    """Register `payrisk trust` and `payrisk upgrade`."""
    trust = typer.Typer(
        no_args_is_help=True, help="Keys that sign bundles: this home's own, and those it trusts."
    )
    app.add_typer(trust, name="trust")
    trust.command("show")(show_key)
    trust.command("add")(add)
    trust.command("list")(list_keys)
    trust.command("remove")(remove)
    app.command("upgrade")(upgrade)


def show_key(ctx: typer.Context) -> None:
    """Print the public key of this home, for `payrisk trust add` in another."""
    from payrisk import signing

    typer.echo(signing.own_public_key(current_settings(ctx).home))


def add(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="What `payrisk trust show` prints over there.")],
    label: Annotated[str, typer.Option(help="Whose key it is.")],
) -> None:
    """Take bundles that this key signed from now on."""
    from payrisk import signing

    settings = current_settings(ctx)
    by = settings.actor or getpass.getuser()
    trusted = signing.trust(settings.home, signing.TrustedKey(key.strip(), label, utc_now(), by))
    typer.echo(f"Bundles signed by {label} ({trusted.key_id}) are taken from now on.")


def list_keys(ctx: typer.Context, as_json: Json = False) -> None:
    """List the keys of others whose bundles this home takes."""
    from payrisk import signing
    from payrisk.cli.show import show_json

    keys = signing.trusted_keys(current_settings(ctx).home)
    if as_json:
        show_json([vars(key) | {"key_id": key.key_id} for key in keys])
        return
    if not keys:
        typer.echo("No other key is trusted: bundles made here alone are taken.")
    for key in keys:
        when = key.trusted_at[:10]
        typer.echo(f"{key.key_id}  {key.label}, trusted since {when} by {key.trusted_by}")


def remove(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="The id or label of a trusted key.")],
) -> None:
    """Take no further bundle of a key; what answers stays."""
    from payrisk import signing

    removed = signing.distrust(current_settings(ctx).home, key)
    typer.echo(f"No further bundle of {removed.label} ({removed.key_id}) is taken.")


def upgrade(ctx: typer.Context) -> None:
    """Bring a home of the release before up to this one; done twice it changes nothing more."""
    from payrisk_pipelines.versions.upgrading import upgrade as run

    done = run(current_settings(ctx))
    typer.echo(f"The store is that of this release; {done.n_decisions} decisions are kept in it.")
    for title in done.signed:
        typer.echo(f"Signed {title}, which answers or answered here.")
    for title in done.unsigned:
        typer.echo(f"Not signed: {title}")
    if done.unsigned:
        raise typer.Exit(1)
