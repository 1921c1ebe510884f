"""The models in service: what each predicts, since when, how its gates went."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.pages.models.learning import LearningDesk
from payrisk_api.pages.models.model_words import GATES, PREDICTS
from payrisk_api.pages.models.promoting import waiting_candidates

router = page_router()


@router.get("/models")
def models(page: Page = PageDep) -> Response:
    """What `/v1/models` answers."""
    service = page.service
    listed: list[dict[str, Any]] = service.live.current.models(service.as_of(None))
    desk: LearningDesk = page.request.app.state.learning
    return page.write(
        "models/models.html",
        listed=listed,
        predicts=PREDICTS,
        gates=GATES,
        candidates=waiting_candidates(service.home),
        learnt=desk.latest,
    )
