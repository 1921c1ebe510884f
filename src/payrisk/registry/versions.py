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


def listed(client: Any, name: str | None) -> list[Version]:
    """Every version of a model, or of all that have a name of ours; newest first."""
    found = []
    for model in _models(client, name):
        aliases: dict[str, list[str]] = {}
        for alias, version in model.aliases.items():
            aliases.setdefault(str(version), []).append(alias)
        for one in _all(client.search_model_versions, filter_string=f"name = '{model.name}'"):
            own = tuple(sorted(aliases.get(str(one.version), [])))
            found.append(
                Version(model.name, str(one.version), own, one.run_id or "", dict(one.tags))
            )
    return sorted(found, key=lambda v: (v.name, -int(v.version)))


def chosen(known: list[Version], name: str, which: str | None) -> Version:
    """The version that a number, an alias or a run's id names; None is the candidate.

    Raises ModelError naming the versions that there are.
    """
    if not known:
        raise ModelError(
            f"No version of '{name}' is registered; run `payrisk train {name}` first."
        )
    wanted = "candidate" if which is None else version_or_alias(which)
    for one in known:
        if wanted in (one.version, *one.aliases) or (is_run(wanted) and one.run_id == wanted):
            return one
    if which is None:
        raise ModelError(f"'{name}' has no candidate; name a version to promote.")
    what = f"version {which}" if which not in ALIASES and not is_run(which) else which
    raise ModelError(
        f"'{name}' has no {what}; it has {', '.join(one.version for one in reversed(known))}."
    )


def attempts(mlflow: Any, client: Any, experiment: str, tags: Mapping[str, str]) -> list[Attempt]:
    """The runs of an experiment that carry any of these tags, oldest first.

    Deleted ones count: to delete a run does not unsee its rows.
    """
    found = {}
    for name, value in tags.items():
        for run in _all(
            client.search_runs,
            experiment_ids=[experiment],
            filter_string=f"tags.{name} = '{value}'",
            run_view_type=mlflow.entities.ViewType.ALL,
        ):
            found[run.info.run_id] = Attempt(
                run.info.run_id,
                run.data.tags.get("recipe_sha", ""),
                run.data.tags.get("gate", ""),
                dt.datetime.fromtimestamp(run.info.start_time / 1000, dt.UTC),
            )
    return sorted(found.values(), key=lambda one: (one.at, one.run_id))


def ledgers(client: Any) -> set[str]:
    """The ledgers that the tags of versions and of runs name; a deleted run needs none."""
    found = {one.tags.get("ledger_sha", "") for one in listed(client, None)}
    for experiment in _all(client.search_experiments):
        runs = _all(
            client.search_runs,
            experiment_ids=[experiment.experiment_id],
            filter_string="tags.ledger_sha != ''",
        )
        found |= {run.data.tags["ledger_sha"] for run in runs}
    return found - {""}


def _models(client: Any, name: str | None) -> list[Any]:
    if name is None:
        return [one for one in _all(client.search_registered_models) if is_model_name(one.name)]
    return list(_all(client.search_registered_models, filter_string=f"name = '{name}'"))


def _all(search: Callable[..., Any], **asked: Any) -> Iterator[Any]:
    """Every result of a search, page by page."""
    token = None
    while True:
        page = search(max_results=PAGE, page_token=token, **asked)
        yield from page
        token = page.token
        if not token:
            return
