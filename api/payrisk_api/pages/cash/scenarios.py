"""What if: the forecast under named changes, side by side."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from pydantic import ValidationError

from payrisk.errors import InputError
from payrisk.languages import marked
from payrisk_api.heavy import HEAVY
from payrisk_api.pages.cash.chosen_currency import chosen_currency
from payrisk_api.pages.cash.spoken import STEPS
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.at_once import waiting_page, waits
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.cash import ScenarioQuery
from payrisk_api.routes import cash

router = page_router()
USUAL = ("slower:20", "largest:3:30")
NO_SCENARIO = marked("One of these changes is not understood; see the examples.")


@router.get("/cash/scenarios", dependencies=HEAVY)
def scenarios(request: Request, page: Page = PageDep) -> Response:
    """What `/v1/cash/scenarios` answers, one currency at a time."""
    given = request.query_params
    if not waits(page):
        return waiting_page(page, "What if")
    texts = [text.strip() for text in given.getlist("scenario") if text.strip()] or list(USUAL)
    by = given.get("by", "month")
    answered: dict[str, Any] | None = None
    fault = ""
    try:
        query = ScenarioQuery.model_validate({"scenario": texts, "by": by})
        answered = document(cash.scenarios(page.service, query))
    except InputError as error:
        fault = str(error)
    except ValidationError:
        fault = page.wording(NO_SCENARIO)
    records = [] if answered is None else answered["records"]
    currencies = sorted({row["currency"] for row in records})
    currency = chosen_currency(currencies, given.get("currency"))
    shown = [row for row in records if row["currency"] == currency and row["part"] == by]
    return page.write(
        "cash/scenarios.html",
        status=422 if fault else 200,
        texts=[*texts, *[""] * (3 - len(texts))],
        by=by,
        steps=STEPS,
        fault=fault,
        answered=answered,
        currencies=currencies,
        currency=currency,
        names=list(dict.fromkeys(row["scenario"] for row in shown)),
        starts=list(dict.fromkeys((row["starts_on"], row["ends_on"]) for row in shown)),
        cells={(row["starts_on"], row["scenario"]): row for row in shown},
    )
