"""payrisk policy: read a credit policy aloud, see its bands, replay it on past applications."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payrisk.cli.context import AsOf, Json, current_settings, date_option
from payrisk.cli.show import show, show_json

if TYPE_CHECKING:
    from payrisk.settings import Settings

File = Annotated[
    Path | None,
    typer.Argument(help="A policy (TOML); without one, that of the home or the one shipped."),
]
Since = Annotated[dt.date, date_option("--since", "First day of the applications replayed.")]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", help="The policy to try; without one, the current alone is shown."),
]


def add_commands(app: typer.Typer) -> None:
    """Register the `payrisk policy` commands."""
    policy = typer.Typer(no_args_is_help=True, help="Check and replay credit policies.")
    app.add_typer(policy, name="policy")
    policy.command("bands")(bands)

    @policy.command()
    def check(ctx: typer.Context, file: File = None, as_json: Json = False) -> None:
        """Show what a policy grants and warn of what nobody may have meant."""
        from payrisk.credit import CreditPolicy
        from payrisk.credit.deciding.policy import HOUSE
        from payrisk.credit.explaining.read_aloud import check_policy as read

        house_policy = current_settings(ctx).home / "policy.toml"
        found = read(CreditPolicy.read(file or (house_policy if house_policy.exists() else HOUSE)))
        if as_json:
            show_json(found.to_json())
            return
        typer.echo(found.sentence)
        for warning in found.warnings:
            typer.echo(f"  ! {warning}")
        typer.echo()
        titles = {"Bands": found.bands, "Red flags": found.flags}
        show(titles, as_json=False, money=())
        typer.echo()
        show(found.amounts, as_json=False, title="Amounts", money=found.money)

    @policy.command()
    def replay(
        ctx: typer.Context,
        since: Since,
        policy_file: PolicyFile = None,
        are_kept: Annotated[
            bool, typer.Option("--kept", help="Replay decisions kept here, not applications.")
        ] = False,
        as_json: Json = False,
    ) -> None:
        """Show what a policy would have decided on past applications, or on kept decisions."""
        from payrisk.calendar import day_of
        from payrisk.cli.credit.replaying import print_figures
        from payrisk.cli.credit.wording import print_lines
        from payrisk_pipelines.policy.policy_replay import MONEY, policy_replay

        settings = current_settings(ctx)
        if are_kept:
            _replay_kept(settings, day_of(since), policy_file, as_json=as_json)
            return
        replayed = policy_replay(settings, since=day_of(since), policy_file=policy_file)
        if as_json:
            show_json(replayed.to_json())
            return
        print_lines([replayed.sentence])
        typer.echo()
        show(replayed.counts(), as_json=False, title="Outcomes", money=())
        typer.echo()
        show(replayed.money(), as_json=False, title="Money", money=MONEY)
        typer.echo()
        print_figures(replayed.figures(), replayed.current.house)
        print_lines(["What a policy refers is taken where a person took it then."])
        typer.echo()
        print_lines([f"  ! {caveat}" for caveat in replayed.caveats()])

    @policy.command()
    def reasons(as_json: Json = False) -> None:
        """Show every reason a decision may give, and what an applicant would be told of it."""
        import pandas as pd

        from payrisk.credit.explaining.dictionary import reason_dictionary

        show(
            pd.DataFrame(reason_dictionary()),
            as_json=as_json,
            title="Reasons",
            money=(),
            limit=200,
        )


def bands(
    ctx: typer.Context,
    mornings: Annotated[
        int, typer.Option(min=1, max=12, help="Past mornings whose outcomes are counted.")
    ] = 1,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show who is in each band, what is expected to be lost, and what came of a past morning.

    The latest judged morning lies the policy's days back, so that all its outcomes are known.
    """
    from payrisk.answers.desk.band_table import band_table
    from payrisk.cli.credit.banding import print_bands
    from payrisk.cli.credit.desk import desk_of

    desk = desk_of(ctx, as_of)
    print_bands(band_table(desk.answers, desk.day, mornings=mornings), as_json=as_json)


def _replay_kept(settings: Settings, since: int, file: Path | None, *, as_json: bool) -> None:
    from payrisk.cli.credit.replaying import print_figures
    from payrisk.cli.credit.wording import print_lines
    from payrisk_pipelines.policy.kept_replay import kept_replay

    replayed = kept_replay(settings, since=since, policy_file=file)
    if as_json:
        show_json(replayed.to_json())
        return
    show(replayed.counts(), as_json=False, title="Kept decisions, decided again", money=())
    typer.echo()
    print_figures(replayed.figures(), replayed.current.house, "Orders that left")
    typer.echo()
    print_lines([f"  ! {caveat}" for caveat in replayed.caveats()])
