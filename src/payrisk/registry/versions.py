"""What a registry knows: versions with their aliases and tags, and attempts at one judgement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from payrisk.errors import ModelError
from payrisk.registry.names import ALIASES, is_model_name, is_run, version_or_alias

PAGE = 200


@dataclass(frozen=True)
class Version:
    """A registered version of a model."""

    name: str
    version: str
    aliases: tuple[str, ...]
    run_id: str
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Attempt:
    """A run that was judged: by which recipe, with what outcome, and when (UTC)."""

    run_id: str
    recipe_sha: str
    gate: str
    at: dt.datetime


def list_versions(client: Any, name: str | None) -> list[Version]:
    """Every version of a model, or of all that have a name of ours; newest first."""
    versions = []
    for model in _models(client, name):
        aliases: dict[str, list[str]] = {}
        for alias, version in model.aliases.items():
            aliases.setdefault(str(version), []).append(alias)
        for row in _all(client.search_model_versions, filter_string=f"name = '{model.name}'"):
            own_aliases = tuple(sorted(aliases.get(str(row.version), [])))
            versions.append(
                Version(
                    model.name, str(row.version), own_aliases, row.run_id or "", dict(row.tags)
                )
            )
    return sorted(versions, key=lambda v: (v.name, -int(v.version)))


def choose_version(versions: list[Version], name: str, which: str | None) -> Version:
    """The version that a number, an alias or a run's id names; None is the candidate.

    Raises ModelError naming the versions that there are.
    """
    if not versions:
        raise ModelError(
            f"No version of '{name}' is registered; run `payrisk train {name}` first."
        )
    number_or_alias = "candidate" if which is None else version_or_alias(which)
    for version in versions:
        if number_or_alias in (version.version, *version.aliases) or (
            is_run(number_or_alias) and version.run_id == number_or_alias
        ):
            return version
    if which is None:
        raise ModelError(f"'{name}' has no candidate; name a version to promote.")
    what = f"version {which}" if which not in ALIASES and not is_run(which) else which
    raise ModelError(
        f"'{name}' has no {what}; it has {', '.join(v.version for v in reversed(versions))}."
    )


def attempts(mlflow: Any, client: Any, experiment: str, tags: Mapping[str, str]) -> list[Attempt]:
    """The runs of an experiment that carry any of these tags, oldest first.

    Deleted ones count: to delete a run does not unsee its rows.
    """
    by_run = {}
    for name, value in tags.items():
        for run in _all(
            client.search_runs,
            experiment_ids=[experiment],
            filter_string=f"tags.{name} = '{value}'",
            run_view_type=mlflow.entities.ViewType.ALL,
        ):
            by_run[run.info.run_id] = Attempt(
                run.info.run_id,
                run.data.tags.get("recipe_sha", ""),
                run.data.tags.get("gate", ""),
                dt.datetime.fromtimestamp(run.info.start_time / 1000, dt.UTC),
            )
    return sorted(by_run.values(), key=lambda attempt: (attempt.at, attempt.run_id))


def ledgers(client: Any) -> set[str]:
    """The ledgers that the tags of versions and of runs name; a deleted run needs none."""
    shas = {version.tags.get("ledger_sha", "") for version in list_versions(client, None)}
    for experiment in _all(client.search_experiments):
        runs = _all(
            client.search_runs,
            experiment_ids=[experiment.experiment_id],
            filter_string="tags.ledger_sha != ''",
        )
        shas |= {run.data.tags["ledger_sha"] for run in runs}
    return shas - {""}


def _models(client: Any, name: str | None) -> list[Any]:
    if name is None:
        return [
            model for model in _all(client.search_registered_models) if is_model_name(model.name)
        ]
    return list(_all(client.search_registered_models, filter_string=f"name = '{name}'"))


def _all(search: Callable[..., Any], **arguments: Any) -> Iterator[Any]:
    """Every result of a search, page by page."""
    token = None
    while True:
        page = search(max_results=PAGE, page_token=token, **arguments)
        yield from page
        token = page.token
        if not token:
            return
