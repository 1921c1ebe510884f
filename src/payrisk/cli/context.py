"""What every command shares: the settings it runs under and the options that mean the same."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from payrisk.errors import InputError

if TYPE_CHECKING:
    from payrisk.settings import Settings


def date_from(text: str) -> dt.date:
    """The date of an ISO text; raises InputError for anything else."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"'{text}' is not a date; write it as YYYY-MM-DD.") from None


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
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def current(ctx: typer.Context, **given: Any) -> Settings:
    """The settings of this run: what the command was given, then --home, then the environment.

    Raises InputError for a setting that cannot be used.
    """
    from payrisk.settings import Settings  # 0.2 s that --help need not pay

    return Settings.read(home=ctx.find_root().obj, **given)
