"""From opening to closing: the house's cash plan walked through the cash to come."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fastapi import Response
from pydantic import ValidationError

from payrisk.calendar import iso
from payrisk.cash.liquidity.plans import COLUMNS, KINDS, plan_from_text
from payrisk.errors import InputError
from payrisk.languages import marked
from payrisk.money import decimal_text
from payrisk_api.heavy import HEAVY
from payrisk_api.naming import names_today
from payrisk_api.pages.cash.spoken import STEPS
from payrisk_api.pages.frame import Page, go_to, page_router
from payrisk_api.pages.frame.asking import document
from payrisk_api.pages.frame.form import Form
from payrisk_api.pages.frame.rendering import PageDep
from payrisk_api.requests.liquidity import CashPlanRequest
from payrisk_api.routes import liquidity

router = page_router()

PLAN = "cash-plan.csv"
"""Of a home: the plan that its pages walk; `payrisk forecast liquidity --plan` takes it, too."""
NOT_A_PLAN = marked("The plan is longer than one question takes, or a line of it is not complete.")
KIND_WORDS = {
    "opening": marked("what the bank says at the end of that day, with account and source"),
    "inflow": marked("money that comes that day and is no receivable"),
    "outflow": marked("money that leaves that day"),
    "need": marked("what must be there at the end of that day"),
    "minimum": marked("what must be there from that day on"),
}


@router.get("/cash/liquidity", dependencies=HEAVY)
def walk(page: Page = PageDep) -> Response:
    """The plan that is kept, walked as `/v1/cash/liquidity` walks it."""
    by = page.request.query_params.get("by", "week")
    text, fault = "", ""
    try:
        text = kept_plan(page.service.home)
    except InputError as error:
        fault = str(error)
    return _walk_page(page, text, by if by in STEPS else "week", fault)


@router.post("/cash/liquidity", dependencies=HEAVY)
def change(form: Form, page: Page = PageDep) -> Response:
    """Walk another plan, and keep it where that is asked for and it can be walked."""
    text = form.get("plan", "").replace("\r\n", "\n")
    by = form["by"] if form.get("by") in STEPS else "week"
    shown = _walk_page(page, text, by)
    if form.get("act") != "keep" or shown.status_code != 200:
        return shown
    path = page.service.home / PLAN
    beside = path.with_name(f".{PLAN}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
    return go_to(f"/cash/liquidity?by={by}")


def has_plan(home: Path) -> bool:
    """Whether a home keeps a plan, be it one that can be read or not."""
    path = home / PLAN
    return path.is_file() and path.stat().st_size > 0


def kept_plan(home: Path) -> str:
    """The plan of a home, '' where none is kept; raises InputError where it is not UTF-8."""
    if not has_plan(home):
        return ""
    try:
        return (home / PLAN).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"'{PLAN}' cannot be read as a CSV file in UTF-8.") from None


def walked_plan(page: Page, text: str, by: str) -> dict[str, Any]:
    """What `/v1/cash/liquidity` answers of a plan; raises InputError for one it cannot walk."""
    lines = [
        {
            "kind": line.kind,
            "on": iso(line.on_day),
            "entity_id": line.entity_id,
            "currency": line.currency,
            "amount": decimal_text(line.amount, line.currency),
            "account": line.account,
            "source": line.source,
            "note": line.note,
        }
        for line in plan_from_text(text).lines
    ]
    try:
        question = CashPlanRequest.model_validate({"plan": lines, "by": by})
    except ValidationError:
        raise InputError(page.wording(NOT_A_PLAN)) from None
    return document(liquidity.plan(page.service, question))


def _walk_page(page: Page, text: str, by: str, fault: str = "") -> Response:
    answered = None
    if text.strip():
        try:
            answered = walked_plan(page, text, by)
        except InputError as error:
            fault = str(error)
    holders = [] if answered is None else answered["headroom"]
    return page.write(
        "cash/liquidity.html",
        status=422 if fault else 200,
        text=text or ",".join(COLUMNS) + "\n",
        has_plan=bool(text.strip()),
        fault=fault,
        answered=answered,
        by=by,
        steps=STEPS,
        kinds={kind: KIND_WORDS[kind] for kind in KINDS},
        holders=holders,
        walks={
            (row["holder"], row["currency"]): [
                line
                for line in (answered or {"walk": []})["walk"]
                if (line["holder"], line["currency"]) == (row["holder"], row["currency"])
            ]
            for row in holders
        },
        names=names_today(page.service),
    )
