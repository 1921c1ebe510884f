"""Registry: MLflow behind one object, which keeps runs and versions and fetches bundles."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from payrisk import bundle
from payrisk.errors import ModelError
from payrisk.registry.connecting import client, import_mlflow, is_server, mlflow_store_lock
from payrisk.registry.embedded import EmbeddedStore
from payrisk.registry.names import ALIASES, flat_settings, mlflow_names, model_name
from payrisk.registry.quiet import silence_mlflow
from payrisk.registry.recording import RecordedRun, RunContents, description, purpose, record_run
from payrisk.registry.versions import (
    Attempt,
    Version,
    attempts,
    choose_version,
    ledgers,
    list_versions,
)

SECONDS = 10.0
KIND = "custom_model_development"
"""Has MLflow's pages open on runs and models, not on prompts and traces."""


class Registry:
    """MLflow behind one object.

    home: where bundles and champions live. uri: MLflow's tracking address; artifacts: where an
    embedded store (a database) keeps its files, unused with a server. seconds: how long a server
    may take to answer. Nothing is contacted until the first call; every call raises ModelError
    when MLflow cannot do its part.
    """

    def __init__(self, home: Path, uri: str, artifacts: Path, *, seconds: float = SECONDS) -> None:
        """Remember where; see the class."""
        self.home, self.uri, self.artifacts = home, uri, artifacts
        self.seconds = seconds

    @property
    def _mlflow(self) -> Any:
        return import_mlflow(self.uri, self.seconds)

    @cached_property
    def _client(self) -> Any:
        return client(self.uri, self.home, self.seconds)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer at a time where MLflow is a file of this home; a server sees to itself."""
        if is_server(self.uri):
            yield
            return
        with mlflow_store_lock(self.home):
            yield

    # -- runs ----------------------------------------------------------------------------------

    def register(self, name: str, folder: Path, contents: RunContents) -> Version:
        """Log a bundle as a run and a new version, which becomes the candidate."""
        model_name(name)
        client = self._client
        mlflow = self._mlflow
        with silence_mlflow(), self._turn():
            experiment = self._experiment(name, purpose(folder))
            run = record_run(mlflow, client, experiment, folder, contents, self.home / "ledgers")
            version = self._new_version(name, folder, experiment, run, contents.tags)
            client.set_registered_model_alias(name, "candidate", version)
        return Version(name, version, ("candidate",), run.run_id, contents.tags)

    def run(
        self,
        name: str,
        run_name: str,
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        parent: str = "",
    ) -> str:
        """Log a run without a model, such as one trial of tuning, and return its id.

        parent: id of the run it belongs to. Several threads may log at once.
        """
        model_name(name)
        client, mlflow = self._client, self._mlflow
        run_tags = dict(tags) | ({"mlflow.parentRunId": parent} if parent else {})
        settings = flat_settings(params)
        with silence_mlflow(), self._turn():
            made = client.create_run(self._experiment(name), tags=run_tags, run_name=run_name)
            run_id = str(made.info.run_id)
            started = made.info.start_time
            client.log_batch(
                run_id,
                metrics=[
                    mlflow.entities.Metric(key, float(value), started, 0)
                    for key, value in zip(mlflow_names(metrics), metrics.values(), strict=True)
                    if value == value
                ],
                params=[
                    mlflow.entities.Param(key, str(value))
                    for key, value in zip(mlflow_names(settings), settings.values(), strict=True)
                ],
            )
            client.set_terminated(run_id)
        return run_id

    def attempts(self, name: str, judged_rows: str, champion: str = "") -> list[Attempt]:
        """Every run of the model judged on the rows of this digest, oldest first.

        And every one judged beside the champion of that digest, if one is named.
        """
        model_name(name)
        tags = {"judged_rows": judged_rows} | ({"champion_digest": champion} if champion else {})
        for digest in tags.values():
            if not digest.isalnum():
                raise ModelError(f"{digest[:80]!r} is no digest.")
        client = self._client
        with silence_mlflow():
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                return []
            return attempts(self._mlflow, client, str(experiment.experiment_id), tags)

    # -- versions ------------------------------------------------------------------------------

    def versions(self, name: str | None = None) -> list[Version]:
        """The registered versions of a model (of all when None), newest first."""
        if name is not None:
            model_name(name)
        embedded = EmbeddedStore.of(self.uri)
        if embedded is not None:
            with contextlib.suppress(sqlite3.Error):  # MLflow says what is wrong
                return embedded.versions(name)
        client = self._client
        with silence_mlflow():
            return list_versions(client, name)

    def ledgers(self) -> set[str]:
        """The shas of the ledgers that a version or a run names."""
        client = self._client
        with silence_mlflow():
            return ledgers(client)

    def version(self, name: str, which: str | None = None) -> Version:
        """The version that a number, an alias or a run's id names; None is the candidate.

        Raises ModelError naming the versions that there are.
        """
        return choose_version(self.versions(name), name, which)

    def bundle_of(self, name: str, which: str | None = None) -> Path:
        """The verified bundle folder of a version in HOME/bundles, fetched when absent or damaged.

        which: as of `version`. Raises ModelError when there is none, it is damaged in MLflow, or
        HOME/bundles holds another model under its number.
        """
        return self._bundle_of(self.version(name, which))

    def set_alias(self, name: str, alias: str, version: str) -> None:
        """Let one of ALIASES name a version; raises ModelError for any other alias."""
        model_name(name)
        if alias not in ALIASES:
            raise ModelError(f"{alias[:80]!r} is no alias; use one of {', '.join(ALIASES)}.")
        if self._writes(lambda store: store.set_alias(name, alias, version)):
            return
        client = self._client
        with silence_mlflow():
            client.set_registered_model_alias(name, alias, version)

    def tag(self, name: str, version: str, key: str, value: str) -> None:
        """Write a tag on a version."""
        model_name(name)
        if self._writes(lambda store: store.tag(name, version, key, value)):
            return
        client = self._client
        with silence_mlflow():
            client.set_model_version_tag(name, version, key, value)

    def mirror(self, name: str) -> None:
        """Move the aliases champion and previous to where the local pointers are."""
        for alias, version in (
            ("champion", bundle.champion_version(self.home, model_name(name))),
            ("previous", bundle.previous_version(self.home, name)),
        ):
            if version is not None:
                self.set_alias(name, alias, version)

    # -- parts ---------------------------------------------------------------------------------

    def _writes(self, write: Callable[[EmbeddedStore], bool]) -> bool:
        """Whether it was written into MLflow's file; else MLflow has to, or says why not."""
        embedded = EmbeddedStore.of(self.uri)
        with contextlib.suppress(sqlite3.Error, ValueError):
            return embedded is not None and write(embedded)
        return False

    def _bundle_of(self, version: Version) -> Path:
        target = bundle.bundle_folder(self.home, version.name, version.version)
        try:
            here = bundle.verify(target)
        except ModelError:
            self._fetch(version, target)
            return target
        if here["digest"] != version.tags.get("bundle_digest", here["digest"]):
            raise ModelError(
                f"'{target}' holds another model than version {version.version} in this MLflow;"
                " move that folder away, or use the home and PAYRISK_MLFLOW_URI it came from."
            )
        return target

    def _fetch(self, version: Version, target: Path) -> None:
        """Copy the version's bundle from MLflow's artifacts into HOME/bundles."""
        target.parent.mkdir(parents=True, exist_ok=True)
        client = self._client
        with silence_mlflow(), tempfile.TemporaryDirectory(dir=target.parent) as aside:
            where = client.get_model_version_download_uri(version.name, version.version)
            local = Path(
                self._mlflow.artifacts.download_artifacts(artifact_uri=where, dst_path=aside)
            )
            inner = [path.parent for path in local.rglob("manifest.json")]
            if len(inner) != 1:
                raise ModelError(
                    f"Version {version.version} of '{version.name}' holds no payrisk bundle;"
                    " train a new version."
                )
            digest = bundle.verify(inner[0])["digest"]
            if digest != version.tags.get("bundle_digest", digest):
                raise ModelError(
                    f"Version {version.version} of '{version.name}' in MLflow is not the bundle"
                    " that was registered; train a new version."
                )
            shutil.rmtree(target, ignore_errors=True)
            inner[0].rename(target)

    def _experiment(self, name: str, about: str = "") -> str:
        experiment = self._client.get_experiment_by_name(name)
        if experiment is None:
            # With an embedded store we say where files go; a server decides for itself.
            where = None if is_server(self.uri) else (self.artifacts / name).as_uri()
            tags = {"mlflow.experimentKind": KIND}
            if about:
                tags["mlflow.note.content"] = about
            try:
                return str(self._client.create_experiment(name, where, tags))
            except Exception:  # another process was first
                experiment = self._client.get_experiment_by_name(name)
                if experiment is None:
                    raise
        return str(experiment.experiment_id)

    def _new_version(
        self,
        name: str,
        folder: Path,
        experiment: str,
        recorded: RecordedRun,
        tags: Mapping[str, str],
    ) -> str:
        # Not `registered_model_name=`: that prints to the terminal.
        if not self._client.search_registered_models(filter_string=f"name = '{name}'"):
            try:
                self._client.create_registered_model(name, description=purpose(folder))
            except Exception:  # another process was first
                self._client.get_registered_model(name)
        # relative to MLflow's own pages, wherever they are served
        page = f"#/experiments/{experiment}/runs/{recorded.run_id}/artifacts"
        link = f"[The run: metrics, card, report and charts]({page})"
        made = self._client.create_model_version(
            name,
            source=recorded.model_uri,
            run_id=recorded.run_id,
            model_id=recorded.model_id,
            tags=dict(tags),
            description=f"{description(folder)}\n\n{link}".strip(),
        )
        return str(made.version)
