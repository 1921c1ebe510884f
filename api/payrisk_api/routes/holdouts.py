"""Holdouts: trials that leave some customers alone by lot, and what asking the others changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from payrisk.answers.collecting.trials import (
    arms_of,
    draw_trial,
    effects_document,
    read_trial_effects,
    trial_table,
)
from payrisk.calendar import iso
from payrisk.collecting.holdout.drawing import require_groups
from payrisk.collecting.holdout.trial import NAME, TakenTrialName, read_trials, trial_drawing_lock
from payrisk.collecting.worklist.policy import CollectingPolicy
from payrisk.errors import InputError, UnusableHomeFile
from payrisk.files import plain_rows
from payrisk_api.deps import CallerDep, ServiceDep
from payrisk_api.errors import ProblemError
from payrisk_api.heavy import HEAVY
from payrisk_api.requests.accounts import TrialBody
from payrisk_api.responses.accounts import DrawnTrialAnswer, TrialEffectsAnswer, TrialsAnswer
from payrisk_api.responses.response_model import json_response

router = APIRouter(prefix="/v1/receivables", tags=["collecting"])

TrialName = Annotated[str, Path(pattern=f"^{NAME.pattern}$")]


@router.get("/holdouts", response_model=TrialsAnswer)
def holdouts(service: ServiceDep) -> Response:
    """List the trials and how many customers each arm has; who is in which is not told."""
    return json_response({"arms": plain_rows(trial_table(read_trials(service.home)))})


@router.post("/holdouts", response_model=DrawnTrialAnswer, dependencies=HEAVY)
def start_holdout(body: TrialBody, service: ServiceDep, caller: CallerDep) -> Response:
    """Draw a trial of the served morning and keep it; the worklist leaves its control alone.

    A name is given once: the second time it is refused, and nothing is drawn anew. Customers under
    a trial that runs are left out; a trial with an arm too small to be read is refused.
    """
    try:
        with trial_drawing_lock(service.home):
            trial, least = draw_trial(
                service.live.current,
                service.as_of(None),
                CollectingPolicy.of_home(service.home),
                name=body.name,
                arms=arms_of(body.share, body.steps),
                days=body.days,
                seed=body.seed,
                made_at=service.now().isoformat(timespec="seconds"),
                actor=caller.name or service.actor,
                running=read_trials(service.home),
            )
            require_groups(trial.rows, trial.arms)
            trial.save(service.home)
    except TakenTrialName as error:
        raise ProblemError(409, "trial-exists", str(error)) from None
    except UnusableHomeFile:
        raise
    except InputError as error:
        raise ProblemError(422, "trial-refused", str(error)) from None
    return json_response(
        {
            "name": trial.name,
            "starts_on": iso(trial.starts_on),
            "ends_on": iso(trial.ends_on),
            "currency": trial.currency,
            "left_out": trial.n_left_out,
            "arms": plain_rows(least),
        }
    )


@router.post("/holdouts/{name}/stop", response_model=TrialsAnswer)
def stop_holdout(name: TrialName, service: ServiceDep, caller: CallerDep) -> Response:
    """End a trial from the served morning on; the worklist leaves nobody alone for it any more."""
    trials = {trial.name: trial for trial in read_trials(service.home)}
    if name not in trials:
        raise ProblemError(404, "unknown-trial", f"There is no trial '{name}'.")
    try:
        stopped = trials[name].stop(
            service.home, service.as_of(None), caller.name or service.actor
        )
    except InputError as error:
        raise ProblemError(409, "trial-not-running", str(error)) from None
    return json_response({"arms": plain_rows(trial_table([stopped]))})


@router.get("/holdouts/{name}/effect", response_model=TrialEffectsAnswer, dependencies=HEAVY)
def holdout_effect(name: TrialName, service: ServiceDep) -> Response:
    """Read what a trial's arms changed against its control, once its window is over."""
    trials = {trial.name: trial for trial in read_trials(service.home)}
    if name not in trials:
        raise ProblemError(404, "unknown-trial", f"There is no trial '{name}'.")
    try:
        made = read_trial_effects(
            service.live.current,
            trials[name],
            service.store.actions.actions(),
            CollectingPolicy.of_home(service.home),
        )
    except InputError as error:
        raise ProblemError(409, "trial-not-read", str(error)) from None
    return json_response(effects_document(made))
