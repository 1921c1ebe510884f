"""One model: its verdict, beside the baselines in plain words, calibration, card and moves."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Response

from payrisk import pointers
from payrisk.answers.over_baselines import gains_over_baselines
from payrisk.errors import ModelError
from payrisk_api.errors import ProblemError
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.form import Form
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.pages.models.model_words import BASELINES, GATES, MOVES, PREDICTS, UNITS
from payrisk_api.pages.models.promoting import promote_or_refusal, versions_on_disk

router = page_router()
ModelName = Annotated[str, Path(pattern=f"^{pointers.NAME.pattern}$")]

LATEST_MOVES = 12


@router.get("/models/{name}")
def model(name: ModelName, page: Page = PageDep) -> Response:
    """The card of a model in service, and which versions could answer instead."""
    return _model_page(page, name, "")


@router.post("/models/{name}/answers")
def promote_or_roll_back(name: ModelName, form: Form, page: Page = PageDep) -> Response:
    """Promote a version or roll back to the former one."""
    home, version = page.service.home, form.get("version", "")
    moved_by = page.caller.name
    moved_at = page.service.now().isoformat(timespec="seconds")
    if form.get("act") == "rollback":
        try:
            pointers.roll_back(home, name, pointers.PointerMove(moved_at, "rollback", moved_by))
        except ModelError as error:
            return _model_page(page, name, str(error), 409)
        return go_to(f"/models/{name}")
    refusal = promote_or_refusal(
        home, name, version, reason=form.get("reason", ""), actor=moved_by, moved_at=moved_at
    )
    return go_to(f"/models/{name}") if not refusal else _model_page(page, name, refusal, 409)


def _model_page(page: Page, name: str, fault: str, status: int = 200) -> Response:
    service = page.service
    listed: list[dict[str, Any]] = service.live.current.models(service.as_of(None))
    shown = next((line for line in listed if line["name"] == name), None)
    if shown is None:
        raise ProblemError(404, "not-found", "There is no model of this name.")
    card = shown["card"] or {}
    home = service.home
    pointed = pointers.champion_version(home, name)
    bins = [
        line for line in (card.get("calibration") or {}).get("bins", []) if line["model"] == name
    ]
    moves = [line for line in pointers.moves(home) if line.get("name") == name]
    return page.write(
        "models/model.html",
        status=status,
        model=shown,
        card=card,
        fault=fault,
        gains_over_baselines=gains_over_baselines(card),
        bins=bins,
        pointed=pointed,
        former=pointers.previous_version(home, name),
        versions=versions_on_disk(home, name),
        moves=moves[: -LATEST_MOVES - 1 : -1],
        predicts=PREDICTS,
        baselines=BASELINES,
        gates=GATES,
        move_words=MOVES,
        units=UNITS,
    )
