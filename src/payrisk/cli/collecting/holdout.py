"""payrisk holdout: leave some customers alone by lot, and read what asking the others changed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from payrisk.cli.context import AsOf, Json, utc_now
from payrisk.cli.show import show, show_json
from payrisk.errors import InputError

Share = Annotated[float, typer.Option(help="Share of groups left alone.", min=0.01, max=0.9)]
Days = Annotated[int, typer.Option(help="Days of the window.", min=7, max=90)]
Step = Annotated[
    list[str] | None,
    typer.Option(help="An arm for this step: reminder, call, plan (repeatable); none: as usual."),
]
Seed = Annotated[int, typer.Option(help="Of the lot; the same seed draws the same.", min=0)]


def add_commands(app: typer.Typer) -> None:
    """Register the `payrisk holdout` commands."""
    holdout = typer.Typer(
        no_args_is_help=True,
        help="Leave some customers alone by lot, and read what asking changed.",
    )
    app.add_typer(holdout, name="holdout")
    holdout.command("plan")(plan)
    holdout.command("start")(start)
    holdout.command("stop")(stop)
    holdout.command("show")(show_trials)
    holdout.command("effect")(effect)


def plan(
    ctx: typer.Context,
    share: Share = 0.2,
    days: Days = 28,
    step: Step = None,
    seed: Seed = 1,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Tell the least effect that a trial would find, before anything is drawn for good."""
    from payrisk.collecting.holdout.drawing import require_groups

    _, trial, least = _drawn(ctx, "plan", share, days, step, seed, as_of)
    _show_plan(trial, least, as_json=as_json)
    try:
        require_groups(trial.rows, trial.arms)
    except InputError as error:
        typer.echo(f"It could not be started: {error}", err=True)


def start(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the trial is called, as spring-calls.")],
    share: Share = 0.2,
    days: Days = 28,
    step: Step = None,
    seed: Seed = 1,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Draw the trial of a morning and keep it; the worklist leaves its control alone."""
    from payrisk.cli.context import current_settings
    from payrisk.collecting.holdout.drawing import require_groups
    from payrisk.collecting.holdout.trial import trial_drawing_lock

    settings = current_settings(ctx)
    if not settings.actor:
        raise InputError("Say who acts: set PAYRISK_ACTOR to your name.")
    with trial_drawing_lock(settings.home):
        _, trial, least = _drawn(ctx, name, share, days, step, seed, as_of)
        require_groups(trial.rows, trial.arms)
        path = trial.save(settings.home)
    _show_plan(trial, least, as_json=as_json)
    typer.echo(f"Kept as {path}", err=True)


def stop(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A trial that runs.")],
    as_of: AsOf = None,
) -> None:
    """End a trial from a morning on: the worklist leaves nobody alone for it any more."""
    from payrisk.calendar import iso
    from payrisk.cli.credit.desk import open_desk
    from payrisk.collecting.holdout.trial import read_trial

    desk = open_desk(ctx, as_of)
    actor, home = desk.settings.actor, desk.settings.home
    if not actor:
        raise InputError("Say who acts: set PAYRISK_ACTOR to your name.")
    stopped = read_trial(home, name).stop(home, desk.day, actor)
    typer.echo(
        f"Trial {name} is stopped from {iso(desk.day)} on by {actor}; its effect is that of the"
        f" days until {iso(stopped.ends_on)}."
    )


def show_trials(ctx: typer.Context, as_json: Json = False) -> None:
    """List the trials of this home, and how many customers each arm has."""
    from payrisk.answers.collecting.trials import trial_table
    from payrisk.cli.context import current_settings
    from payrisk.collecting.holdout.trial import read_trials

    trials = read_trials(current_settings(ctx).home)
    show(trial_table(trials), as_json=as_json, title="Trials", money=())


def effect(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A trial; default: the latest.")] = None,
    as_json: Json = False,
) -> None:
    """Read what a trial's arms changed against its control, with intervals.

    Without a trial the effect of asking cannot be identified; the naive figure is told as such.
    """
    from payrisk.answers.collecting.trials import (
        effects_document,
        naive_paid_shares,
        read_trial_effects,
    )
    from payrisk.cli.credit.desk import open_desk
    from payrisk.collecting.holdout.readout import UNIDENTIFIED
    from payrisk.collecting.holdout.trial import read_trial, read_trials
    from payrisk.collecting.worklist.policy import CollectingPolicy
    from payrisk.store import read_actions

    desk = open_desk(ctx)
    home, policy = desk.settings.home, CollectingPolicy.of_home(desk.settings.home)
    actions = read_actions(desk.settings.database_url).actions
    trials = read_trials(home)
    if name is None and not trials:
        naive = naive_paid_shares(desk.answers, actions, policy)
        if as_json:
            show_json({"effect": None, "why": UNIDENTIFIED, "naive": _finite(naive)})
            return
        typer.echo(f"The effect of asking {UNIDENTIFIED}.")
        typer.echo(
            "Naive, and no effect: of what was late 28 days ago"
            f" {_percent(naive['asked'])} came in the {naive['n_asked']:.0f} groups asked since,"
            f" {_percent(naive['others'])} in the {naive['n_others']:.0f} others."
        )
        return
    trial = read_trial(home, name) if name else trials[-1]
    made = read_trial_effects(desk.answers, trial, actions, policy)
    if as_json:
        show_json(effects_document(made))
        return
    _print(made)


def _drawn(
    ctx: typer.Context,
    name: str,
    share: float,
    days: int,
    step: list[str] | None,
    seed: int,
    as_of: Any,
) -> tuple[Any, Any, Any]:
    from payrisk.answers.collecting.trials import arms_of, draw_trial
    from payrisk.cli.credit.desk import open_desk
    from payrisk.collecting.holdout.trial import read_trials
    from payrisk.collecting.worklist.policy import STEPS, CollectingPolicy

    unknown = sorted(set(step or ()) - set(STEPS))
    if unknown:
        raise InputError(f"'{unknown[0]}' is no step; use {', '.join(STEPS)}.")
    desk = open_desk(ctx, as_of)
    trial, least = draw_trial(
        desk.answers,
        desk.day,
        CollectingPolicy.of_home(desk.settings.home),
        name=name,
        arms=arms_of(share, step or ()),
        days=days,
        seed=seed,
        made_at=utc_now(),
        actor=desk.settings.actor,
        running=read_trials(desk.settings.home),
    )
    if trial.n_left_out:
        typer.echo(f"{trial.n_left_out} customers under a running trial are left out.", err=True)
    return desk, trial, least


def _show_plan(trial: Any, least: Any, *, as_json: bool) -> None:
    from payrisk.calendar import iso
    from payrisk.files import plain_rows

    shown = least.assign(currency=trial.currency)
    if as_json:
        rows = plain_rows(shown, ("least_cash",))
        show_json({"starts_on": iso(trial.starts_on), "ends_on": iso(trial.ends_on), "arms": rows})
        return
    title = (
        f"Trial from {iso(trial.starts_on)} to {iso(trial.ends_on)}: the least effect it would"
        " find four times of five (if half of the spread is foreseen)"
    )
    show(shown.round({"least_cash": 0, "of_late_percent": 1}), as_json=False, title=title,
         money=("least_cash",))  # fmt: skip


def _print(made: Any) -> None:
    from payrisk.calendar import iso
    from payrisk.money import decimals

    trial, effects = made.trial, made.readout.effects.copy()
    is_money, units = effects["outcome"] != "days", 10.0 ** decimals(trial.currency)
    for column in ("effect", "low", "high", "control_mean"):
        effects[column] = effects[column].where(~is_money, effects[column] / units)
    effects["unit"] = [f"{trial.currency} a group" if m else "days" for m in is_money]
    title = (
        f"Trial {trial.name}, {iso(trial.starts_on)} to {iso(trial.ends_on)}"
        f"{'' if trial.stopped_on is None else ' (stopped before its time)'}, as drawn, adjusted"
        " by what was expected; 95 % intervals"
    )
    show(effects.round(2), as_json=False, title=title, money=())
    typer.echo()
    show(made.readout.counts.round(1), as_json=False, title="What was kept to", money=())
    for arm, chance in made.taken_over.items():
        middle, low, high = made.answered[arm]
        typer.echo(
            f"\nFor collecting.toml: [effects.{arm}] answered = {chance:.2f}"
            f'  source = "trial {trial.name}, measured {middle:.2f} ({low:.2f} to {high:.2f}),'
            ' drawn to none by its error"'
        )


def _percent(share: float) -> str:
    return "none" if share != share else f"{share:.0%}"


def _finite(figures: dict[str, float]) -> dict[str, float | None]:
    return {name: None if v != v else v for name, v in figures.items()}
