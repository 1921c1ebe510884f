"""The registry that the settings name: which version a person means, and how often was tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from payrisk import bundle
from payrisk.errors import ModelError
from payrisk.settings import Settings

if TYPE_CHECKING:  # a rollback comes this way and imports nothing heavy
    from payrisk.learning.judging.champion import DeployedChampion
    from payrisk.learning.judging.judge import CountTries
    from payrisk.learning.judging.spec import ModelSpec
    from payrisk.registry import Registry


def registry_of(settings: Settings, **options: Any) -> Registry:
    """The registry these settings name; options: the rest of what it takes."""
    from payrisk.registry import Registry

    return Registry(settings.home, settings.mlflow_uri, settings.mlflow_artifacts, **options)


def count_tries(
    settings: Settings,
    recipe: ModelSpec,
    champion: DeployedChampion | None,
    *,
    by_run: bool = False,
) -> CountTries:
    """Counts, by the digest of the rows judged, what was tried on them, this recipe with it.

    Against the same champion, too, since other rows are soon found: another morning, one more
    invoice. by_run: each run is a try of its own, where a recipe does not tell all that it reads.
    """
    digest = "" if champion is None else champion.bundle.digest

    def count(judged_rows: str) -> int:
        tries = registry_of(settings).attempts(recipe.name, judged_rows, digest)
        return (
            len(tries) + 1
            if by_run
            else len({attempt.recipe_sha for attempt in tries} | {recipe.sha})
        )

    return count


def find_version(settings: Settings, reference: str) -> tuple[str, str, Path]:
    """Name, version and verified bundle folder of what a person names.

    reference: a run's id; NAME for the champion, or for the candidate where none is promoted;
    NAME/VERSION, where an alias such as candidate is a version, too. MLflow is asked only for what
    this home does not hold. Raises ModelError when there is no such version.
    """
    from payrisk_models import specs

    name, _, which = reference.partition("/")
    if name in specs():
        which = which or bundle.champion_version(settings.home, name) or ""
        folder = bundle.bundle_folder(settings.home, name, which)
        if which.isalnum() and (folder / "manifest.json").is_file():
            bundle.verify(folder)
        else:
            folder = registry_of(settings).bundle_of(name, which or None)
        return name, folder.name, folder
    registry = registry_of(settings)
    for version in registry.versions():
        if reference and version.run_id == reference:
            folder = registry.bundle_of(version.name, version.version)
            return version.name, version.version, folder
    raise ModelError(
        f"There is no run or model '{reference}'; name a run of MLflow, a model"
        f" ({', '.join(specs())}) or a version such as days-to-pay/3."
    )
