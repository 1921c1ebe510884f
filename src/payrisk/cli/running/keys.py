"""payrisk keys: who may ask the service, in which roles, for which entities, until when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from payrisk.cli.context import Json, current_settings, utc_now

if TYPE_CHECKING:
    from payrisk.access import ApiKey, IssuedKey, KeyRing

KeyId = Annotated[str, typer.Argument(metavar="KEY", help="A key's id, or how it begins.")]


def add_commands(app: typer.Typer) -> None:
    """Register the `payrisk keys` commands."""
    keys = typer.Typer(
        no_args_is_help=True, help="Keys of the service: create, list, rotate, revoke."
    )
    app.add_typer(keys, name="keys")
    keys.command("create")(create)
    keys.command("list")(list_keys)
    keys.command("rotate")(rotate)
    keys.command("revoke")(revoke)


def create(
    ctx: typer.Context,
    holder: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, in full.")],
    role: Annotated[
        list[str],
        typer.Option(
            help="approver, treasury, collector, data_scientist, auditor or admin (repeatable)."
        ),
    ],
    entity: Annotated[
        list[str] | None,
        typer.Option(help="The only entity it is for (repeatable); without it, for all."),
    ] = None,
    days: Annotated[int, typer.Option(help="Days until it expires.", min=1, max=1_100)] = 365,
) -> None:
    """Make a key and print it once; from the first on, the service answers nobody without one."""
    from payrisk.access.roles import checked_roles

    ring = _ring(ctx)
    now = dt.datetime.now(dt.UTC)
    issued = ring.create(
        holder,
        checked_roles(role),
        frozenset(entity) if entity else None,
        made_at=now.isoformat(timespec="seconds"),
        by=_shell_user(ctx),
        expires_at=(now + dt.timedelta(days=days)).isoformat(timespec="seconds"),
    )
    _print_issued(issued)


def list_keys(ctx: typer.Context, as_json: Json = False) -> None:
    """List every key, those that are over as well; no secret is kept that could be shown."""
    from payrisk.cli.show import show_json

    now = utc_now()
    rows = [_row(key, now) for key in _ring(ctx).keys().values()]
    if as_json:
        show_json(rows)
        return
    if not rows:
        typer.echo("No key was made: the service answers this machine alone, and all on it.")
    for row in rows:
        entities = ", ".join(row["entities"]) if row["entities"] else "all entities"
        when = "until" if row["state"] == "in force" else "on"
        ends = (row["revoked_at"] or row["expires_at"])[:10]
        roles = ", ".join(row["roles"])
        head = f"{row['key_id']}  {row['state']} {when} {ends}"
        typer.echo(f"{head}  {row['holder']}: {roles}; {entities}")


def rotate(
    ctx: typer.Context,
    key_id: KeyId,
    overlap_hours: Annotated[
        int, typer.Option(help="Hours the old secret still counts.", min=0, max=720)
    ] = 24,
) -> None:
    """Give a key a new secret, printed once; the old one counts a while, so nothing stops."""
    now = dt.datetime.now(dt.UTC)
    until = (now + dt.timedelta(hours=overlap_hours)).isoformat(timespec="seconds")
    issued = _ring(ctx).rotate(
        key_id, rotated_at=now.isoformat(timespec="seconds"), old_until=until
    )
    _print_issued(issued)
    typer.echo(f"The secret before it counts until {until[:16].replace('T', ' ')} UTC.")


def revoke(
    ctx: typer.Context,
    key_id: KeyId,
    reason: Annotated[str, typer.Option(help="Why, for whoever reads it later.")],
) -> None:
    """End a key at once; what was decided with it stands, and says so."""
    key = _ring(ctx).revoke(key_id, revoked_at=utc_now(), by=_shell_user(ctx), reason=reason)
    typer.echo(f"Key {key.key_id} of {key.holder} is revoked; what it decided stands.")


def _ring(ctx: typer.Context) -> KeyRing:
    from payrisk.access import KeyRing

    settings = current_settings(ctx)
    return KeyRing(settings.home, settings.personal_keys)


def _shell_user(ctx: typer.Context) -> str:
    import getpass

    return current_settings(ctx).actor or getpass.getuser()


def _print_issued(issued: IssuedKey) -> None:
    key = issued.key
    typer.echo(f"Key of {key.holder} ({', '.join(sorted(key.roles))}), shown this once:")
    typer.echo(issued.text)


def _row(key: ApiKey, now: str) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "holder": key.holder,
        "state": key.state(now),
        "roles": sorted(key.roles),
        "entities": None if key.entities is None else sorted(key.entities),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "revoked_by": key.revoked_by,
        "reason": key.reason,
    }
