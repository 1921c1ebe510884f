"""What one person proposed and a second one has to confirm, by name."""

from __future__ import annotations

import json
from typing import Any

from payrisk_api.naming import name_of, names_today
from payrisk_api.pages.frame import Page
from payrisk_api.pages.frame.asking import document
from payrisk_api.requests.overriding import ProposalsQuery
from payrisk_api.routes import proposals

MOST_PROPOSALS = 200


def waiting_proposals(page: Page, decision_id: str = "") -> list[dict[str, Any]]:
    """Proposals that wait, newest first, as `/v1/credit/proposals` lists them; of one decision.

    Nothing for whom the table of permissions does not let see them.
    """
    if not page.may("GET /v1/credit/proposals"):
        return []
    service = page.service
    query = ProposalsQuery(state="waits", limit=MOST_PROPOSALS)
    names, made = names_today(service), []
    for line in document(proposals.proposals(service, query))["proposals"]:
        kept = service.store.get(line["decision_id"])
        if kept is not None and decision_id in ("", line["decision_id"]):
            decision = json.loads(kept.body)
            currency = (decision["inputs"].get("order") or decision["limit"])["currency"]
            made.append({**line, "name": name_of(decision, names), "currency": currency})
    return made
