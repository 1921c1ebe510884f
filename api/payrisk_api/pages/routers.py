"""The pages, one file a page: whoever adds one names its module here and in the navigation."""

from __future__ import annotations

from fastapi import FastAPI

from payrisk_api.errors import http_problem
from payrisk_api.pages.administration import audit, backups, health, keys, retention
from payrisk_api.pages.cash import drivers, forecast, held, liquidity, published, scenarios
from payrisk_api.pages.collecting import customer_desk, promises, worklist
from payrisk_api.pages.credit import (
    application,
    customer,
    customer_search,
    decision,
    decision_list,
    due_reviews,
    groups,
    policy,
    queue,
    replay,
    score_history,
    second_person,
)
from payrisk_api.pages.frame import assets, organisation, preferences, signing_in
from payrisk_api.pages.frame.refusals import add_not_found
from payrisk_api.pages.imports import suggested, upload
from payrisk_api.pages.models import learning, model, models
from payrisk_api.pages.receivables import aged, aged_documents, behaviour, kpis, rolling, statement
from payrisk_api.pages.today import fetched, today, tour

PAGES = (
    *(today, fetched, tour),
    *(
        queue,
        application,
        customer_search,
        score_history,
        customer,
        decision_list,
        decision,
        second_person,
    ),
    *(due_reviews, groups, policy, replay),
    *(forecast, drivers, liquidity, published, held, scenarios),
    *(aged, aged_documents, kpis, rolling, behaviour, statement),
    *(worklist, promises, customer_desk),
    *(models, learning, model),
    *(upload, suggested),
    *(health, keys, retention, audit, backups),
    *(preferences, signing_in, organisation, assets),
)


def add_pages(app: FastAPI) -> None:
    """Add every page to the service, and a page for what is not there."""
    app.state.learning = learning.LearningDesk()
    for module in PAGES:
        app.include_router(module.router)
    add_not_found(app, http_problem)
