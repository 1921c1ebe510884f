"""payrisk webhooks: who is told of every change, signed and in order."""

from __future__ import annotations

from typing import Annotated

import typer

from payrisk.cli.context import Json, current_settings, utc_now


def add_commands(app: typer.Typer) -> None:
    """Register the `payrisk webhooks` commands."""
    webhooks = typer.Typer(no_args_is_help=True, help="Whom the service tells of every change.")
    app.add_typer(webhooks, name="webhooks")
    webhooks.command("add")(add)
    webhooks.command("list")(list_webhooks)
    webhooks.command("remove")(remove)


def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(help="The address that takes them, https://…")],
    event: Annotated[
        list[str] | None,
        typer.Option(help="credit.decided, credit.overridden … (repeatable); default: all."),
    ] = None,
    since: Annotated[
        int, typer.Option(help="The place in `GET /v1/changes` after which to begin.", min=0)
    ] = 0,
) -> None:
    """Tell an address of every change from now on, and print the secret that signs, once."""
    from payrisk.errors import InputError
    from payrisk.store.telling.changes import NAMES
    from payrisk.store.telling.webhooks import add_webhook

    known = sorted(set(NAMES.values()))
    unknown = [name for name in event or () if name not in known]
    if unknown:
        raise InputError(f"'{unknown[0]}' is no event; choose of {', '.join(known)}.")
    hook = add_webhook(current_settings(ctx).home, url, event or (), utc_now(), since)
    typer.echo(f"{hook.webhook_id} is told of {', '.join(hook.events) or 'everything'}.")
    typer.echo(f"It verifies by this secret, shown this once: {hook.secret}")


def list_webhooks(ctx: typer.Context, as_json: Json = False) -> None:
    """List who is told, of what, and up to which place they have taken it."""
    from payrisk.cli.show import show_json
    from payrisk.store.telling.webhooks import sent_until, webhooks

    home = current_settings(ctx).home
    rows = [
        {
            "webhook_id": hook.webhook_id,
            "url": hook.url,
            "events": list(hook.events),
            "sent_until": sent_until(home, hook.webhook_id),
        }
        for hook in webhooks(home)
    ]
    if as_json:
        show_json(rows)
        return
    if not rows:
        typer.echo("Nobody is told; `payrisk webhooks add https://…` begins.")
    for row in rows:
        events = ", ".join(row["events"]) or "everything"  # type: ignore[arg-type]
        typer.echo(f"{row['webhook_id']}  {row['url']}: {events}, until {row['sent_until']}")


def remove(ctx: typer.Context, webhook_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Tell an address nothing more."""
    from payrisk.store.telling.webhooks import remove_webhook

    remove_webhook(current_settings(ctx).home, webhook_id)
    typer.echo(f"{webhook_id} is told nothing more.")
