"""A policy tried on the past: what it would have decided, beside what was decided then."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from pathlib import Path
from typing import Any

from fastapi import Response

from payrisk.answers.home import POLICY
from payrisk.credit.deciding.policy import HOUSE
from payrisk.credit.explaining.spoken import OUTCOMES
from payrisk.languages import marked
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.command import run_command
from payrisk_api.pages.frame.form import Form
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()
DAYS_BACK = 365
WHOSE = {
    "decided then": marked("decided then"),
    "current policy": marked("the policy in force"),
    "candidate policy": marked("the policy tried"),
}
FIGURES = {
    "lost": marked("lost"),
    "sold": marked("sold"),
    "cash": marked("cash received"),
    "dso_days": marked("DSO, days"),
    "released": marked("released"),
    "to_defaulted": marked("released to later defaulters"),
}
NO_DAY = marked("Write the first day as a date.")


@router.get("/credit/policy/replay")
def replay_form(page: Page = PageDep) -> Response:
    """The policy in force as its file, to be changed and tried."""
    since = page.service.live.current.default_as_of - DAYS_BACK
    day = (dt.date(1970, 1, 1) + dt.timedelta(days=since)).isoformat()
    return _replay_page(page, {"since": day, "policy": policy_text(page.service.home)}, None, "")


@router.post("/credit/policy/replay")
def replay(form: Form, page: Page = PageDep) -> Response:
    """What `payrisk policy replay` says of the policy that was typed; nothing is kept."""
    try:
        since = dt.date.fromisoformat(form.get("since", "")).isoformat()
    except ValueError:
        return _replay_page(page, form, None, page.wording(NO_DAY), 422)
    arguments = ["policy", "replay", "--since", since, "--json"]
    arguments += ["--kept"] if form.get("of") == "kept" else []
    text = form.get("policy", "").replace("\r\n", "\n")
    with tempfile.TemporaryDirectory() as folder:
        if text.strip() and text.strip() != policy_text(page.service.home).strip():
            tried = Path(folder) / "policy.toml"
            tried.write_text(text, encoding="utf-8")
            arguments += ["--policy", str(tried)]
        result = run_command(page.service.home, arguments, page.caller.name)
    try:
        answered: dict[str, Any] = json.loads(result.printed)
    except ValueError:
        return _replay_page(page, form, None, result.complaint, 422)
    return _replay_page(page, form, answered, "")


def policy_text(home: Path) -> str:
    """The file of the policy in force: the home's own, or the one that is shipped."""
    path = home / POLICY
    return (path if path.exists() else HOUSE).read_text(encoding="utf-8")


def _replay_page(
    page: Page,
    form: dict[str, str],
    answered: dict[str, Any] | None,
    fault: str,
    status: int = 200,
) -> Response:
    return page.write(
        "credit/replay.html",
        status=status,
        form=form,
        answered=answered,
        fault=fault,
        whose=WHOSE,
        figures=FIGURES,
        columns=[outcome for outcome in OUTCOMES if outcome],
    )
