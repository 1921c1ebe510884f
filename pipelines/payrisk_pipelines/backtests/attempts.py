"""How many recipes were tried on the same rows or against the same champion so far."""

from __future__ import annotations

from collections.abc import Callable

from payrisk.learning.judging.spec import ModelSpec
from payrisk.settings import Settings
from payrisk_pipelines.backtests.standing import Standing
from payrisk_pipelines.versions.registries import registry_of


def tries_of(
    settings: Settings, chosen: ModelSpec, standing: Standing | None, *, by_run: bool = False
) -> Callable[[str], int]:
    """Counts, by the digest of the rows judged, what was tried on them, this one with it.

    Against the same champion, too, since other rows are soon found: another morning, one more
    invoice. by_run: each run is a try of its own, where a recipe does not tell all that it reads.
    """
    champion = "" if standing is None else standing.found.digest

    def count(judged_rows: str) -> int:
        known = registry_of(settings).attempts(chosen.name, judged_rows, champion)
        return len(known) + 1 if by_run else len({one.recipe_sha for one in known} | {chosen.sha})

    return count
