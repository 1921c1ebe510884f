"""What every command shares: the settings it runs under and the options that mean the same."""

from __future__ import annotations

import datetime as dt
import os
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.access import Caller
    from payrisk.settings import Settings


FIRST_DATE, LAST_DATE = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
"""The days one may ask about, as in the API: what is computed from them stays a date."""


def date_from(text: str) -> dt.date:
    """The date of a text YYYY-MM-DD; raises InputError for anything else."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError
        return require_plausible_date(dt.date.fromisoformat(text))
    except ValueError:
        raise InputError(f"'{text}' is not a date; write it as YYYY-MM-DD.") from None


def require_plausible_date(date: dt.date) -> dt.date:
    """The date itself; raises InputError for one that nobody can have meant."""
    if not FIRST_DATE <= date <= LAST_DATE:
        raise InputError(f"{date} is out of reach; give a date from {FIRST_DATE} to {LAST_DATE}.")
    return date


def date_option(name: str, text: str) -> Any:
    """A typer option that reads one ISO date."""
    return typer.Option(name, parser=date_from, metavar="YYYY-MM-DD", help=text)


AsOf = Annotated[
    dt.date | None,
    date_option("--as-of", "The morning to stand on: only facts recorded earlier are known."),
]
CloseOf = Annotated[
    dt.date | None,
    date_option("--close-of", "The evening whose books are shown, that day included."),
]
AllowUndated = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-undated",
        metavar="NAME",
        help="An attribute without date history to read as if known since ever (repeatable).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def current_settings(ctx: typer.Context, **options: Any) -> Settings:
    """The settings of this run: what the command was given, then --home, then the environment.

    Raises InputError for a setting that cannot be used or a date out of reach.
    """
    from payrisk.settings import Settings  # 0.2 s that --help need not pay

    settings = Settings.read(home=ctx.find_root().obj, **options)
    home = settings.home
    is_readable = home.is_dir() and os.access(home, os.R_OK | os.X_OK)
    if os.access(home, os.F_OK) and not is_readable:
        raise InputError(f"{home} is no folder that this user may read; choose another home.")
    if settings.as_of is not None:
        require_plausible_date(settings.as_of)
    if settings.key:
        settings = settings.model_copy(update={"actor": _caller(settings).name})
    return settings


def authorised_settings(ctx: typer.Context, role: str, **options: Any) -> Settings:
    """The settings of a run that decides something: where the home has keys, by one of this role.

    Raises InputError without such a key in PAYRISK_KEY, RefusedKey for one that opens nothing.
    """
    from payrisk.access import KeyRing

    settings = current_settings(ctx, **options)
    if KeyRing(settings.home, settings.personal_keys).has_keys:
        if not settings.key:
            raise InputError("This home has keys: set PAYRISK_KEY to yours, so that it is you.")
        if role not in _caller(settings).roles:
            raise InputError(f"This needs a key in the role {role}; ask an admin for one.")
    return settings


def _caller(settings: Settings) -> Caller:
    from payrisk.access import KeyRing

    return (
        KeyRing(settings.home, settings.personal_keys)
        .authenticate(settings.key, utc_now())
        .caller()
    )


def day_or_none(date: dt.date | None) -> int | None:
    """The day of a date that may not be given."""
    from payrisk.calendar import day_of

    return None if date is None else day_of(date)


def utc_now() -> str:
    """The present time for a record, to the second, as UTC in ISO 8601."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
