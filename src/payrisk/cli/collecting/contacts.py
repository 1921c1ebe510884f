"""payrisk contacts: whom one may speak to at a customer, and by which way nobody may ask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payrisk.cli.context import Json, current_settings, utc_now
from payrisk.cli.show import show
from payrisk.errors import InputError


def add_commands(app: typer.Typer) -> None:
    """Register the `payrisk contacts` commands."""
    contacts = typer.Typer(no_args_is_help=True, help="Whom one may speak to at a customer.")
    app.add_typer(contacts, name="contacts")
    contacts.command("import")(bring)
    contacts.command("list")(list_contacts)
    contacts.command("opt-out")(opt_out)


def bring(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV: customer_id, name, role, phone, email, …")],
) -> None:
    """Keep a list of contacts; it replaces those of the customers it names.

    Columns: customer_id, name, role, phone, email, language, portal, do_not_contact. They are
    personal data: kept in the store, never in the ledger, and erased by `payrisk audit erase`.
    """
    from payrisk.collecting.recording.contacts import read_contacts
    from payrisk.store import DecisionStore

    settings = current_settings(ctx)
    actor = _actor(settings.actor)
    listed = read_contacts(file)
    with DecisionStore(settings.database_url) as store:
        kept = store.actions.keep_contacts(listed, actor, utc_now())
    typer.echo(f"{len(kept)} contacts of {len({c.customer_id for c in kept})} customers kept.")


def list_contacts(
    ctx: typer.Context,
    customer: Annotated[str | None, typer.Option(help="Only of this customer's id.")] = None,
    as_json: Json = False,
) -> None:
    """List the contacts, with the channels by which a customer may no longer be asked."""
    import pandas as pd

    from payrisk.store import read_actions

    kept = read_actions(current_settings(ctx).database_url).contacts
    rows = [c.document() for c in kept if customer in (None, c.customer_id)]
    table = pd.DataFrame(rows)
    if len(table):
        table["opted_out"] = [", ".join(channels) for channels in table["opted_out"]]
        table = table.drop(columns="contact_id").dropna(axis="columns", how="all")
    show(table, as_json=as_json, title="Contacts", money=())


def opt_out(
    ctx: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    channel: Annotated[str, typer.Option(help="telephone, e-mail, letter …, or any.")],
    reason: Annotated[str, typer.Option(help="What was asked for, and by whom.")],
) -> None:
    """Keep that a customer may no longer be asked by a channel; it outlives every list."""
    from payrisk.collecting.recording.action import CHANNELS
    from payrisk.store import DecisionStore

    settings = current_settings(ctx)
    actor = _actor(settings.actor)
    if channel not in (*CHANNELS, "any"):
        raise InputError(f"'{channel}' is no channel; use {', '.join(CHANNELS)} or any.")
    with DecisionStore(settings.database_url) as store:
        store.actions.opt_out(customer, channel, reason, actor, utc_now())
    typer.echo(f"{customer} is no longer asked by {channel}.")


def _actor(name: str) -> str:
    if not name:
        raise InputError("Say who acts: set PAYRISK_ACTOR to your name.")
    return name
