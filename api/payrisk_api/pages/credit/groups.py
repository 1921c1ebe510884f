"""Groups: who heads whom, and what each and all of them owe."""

from __future__ import annotations

from fastapi import Response

from payrisk.answers.desk.group_trees import group_trees
from payrisk_api.pages.frame import Page, page_router
from payrisk_api.pages.frame.rendering import PageDep

router = page_router()


@router.get("/credit/groups")
def groups(page: Page = PageDep) -> Response:
    """Every group of two or more customers as a tree."""
    service = page.service
    answers = service.live.current
    trees = group_trees(answers, service.as_of(None))
    grace_days = answers.policy.overdue_grace_days
    return page.write("credit/groups.html", groups=trees, grace_days=grace_days)
