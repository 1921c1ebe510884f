"""The one door to MLflow: runs, versions and aliases; the local champion never waits for it."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk import bundle
from payrisk.errors import ModelError
from payrisk.registry.quiet import quiet

ALIASES = ("candidate", "champion", "previous")

# Read by MLflow when it is imported: no telemetry, no pip dry run, no copied lock file, no pickle,
# and a tracking server that is down costs seconds, not minutes (reference ecosystem 9).
_BEFORE_IMPORT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SKIP_PIP_REQUIREMENTS_CHECK": "true",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


@dataclass(frozen=True)
class Version:
    """A registered version of a model."""

    name: str
    version: str
    aliases: tuple[str, ...]
    run_id: str
    tags: Mapping[str, str]


class Registry:
    """MLflow behind one object.

    home: where bundles and champions live. uri: MLflow's tracking address; artifacts: where an
    embedded store (sqlite) keeps its files, unused with a server. Nothing is contacted until the
    first call.
    """

    def __init__(self, home: Path, uri: str, artifacts: Path) -> None:
        """Remember where; see the class."""
        self.home, self.uri, self.artifacts = home, uri, artifacts

    @property
    def _mlflow(self) -> Any:
        """MLflow, told anew where to work: two registries of one process share nothing."""
        for key, value in _BEFORE_IMPORT.items():
            os.environ.setdefault(key, value)  # noqa: TID251 - MLflow can be told in no other way
        with quiet():
            import mlflow
        self.home.mkdir(parents=True, exist_ok=True)
        mlflow.set_tracking_uri(self.uri)
        mlflow.set_registry_uri(self.uri)
        return mlflow

    @cached_property
    def _client(self) -> Any:
        with quiet():
            return self._mlflow.MlflowClient(self.uri, self.uri)

    def register(
        self,
        name: str,
        folder: Path,
        *,
        params: Mapping[str, Any],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        dataset: pd.DataFrame,
        dataset_digest: str,
        example: pd.DataFrame,
    ) -> Version:
        """Log a bundle as a run and a new version, which becomes the candidate.

        dataset: the rows it was judged on, recorded by schema, size and digest. example: flat
        input rows; they give the signature and are kept with the model.
        """
        mlflow = self._mlflow
        with quiet():
            experiment = self._experiment(name)
            with mlflow.start_run(experiment_id=experiment, run_name=folder.name) as run:
                mlflow.log_params(dict(params))
                source = str(self.home)
                data = mlflow.data.from_pandas(
                    dataset, source=source, name="ledger", digest=dataset_digest[:32]
                )
                mlflow.log_input(data, context="backtest")
                mlflow.set_tags(dict(tags))
                mlflow.log_artifact(str(folder / "card.md"))
                info = mlflow.pyfunc.log_model(
                    name=name,
                    python_model=str(Path(__file__).with_name("scorer.py")),
                    artifacts={"bundle": str(folder)},
                    signature=_signature(mlflow, folder, example),
                    input_example=example.head(2),
                    pip_requirements=["payrisk"],
                    metadata={"payrisk_bundle_format": 1},
                )
                found = {k: v for k, v in metrics.items() if not math.isnan(v)}
                mlflow.log_metrics(found, model_id=info.model_id, dataset=data)
            version = self._new_version(name, info, run.info.run_id)
            for key, value in tags.items():
                self._client.set_model_version_tag(name, version, key, value)
            self._client.set_registered_model_alias(name, "candidate", version)
            return Version(name, version, ("candidate",), run.info.run_id, dict(tags))

    def versions(self, name: str | None = None) -> list[Version]:
        """The registered versions of a model (of all when None), newest first."""
        with quiet():
            models = self._client.search_registered_models()
            found = []
            for model in models:
                if name is not None and model.name != name:
                    continue
                aliases: dict[str, list[str]] = {}
                for alias, version in model.aliases.items():
                    aliases.setdefault(str(version), []).append(alias)
                for one in self._client.search_model_versions(f"name = '{model.name}'"):
                    own = tuple(sorted(aliases.get(str(one.version), [])))
                    found.append(
                        Version(
                            model.name, str(one.version), own, one.run_id or "", dict(one.tags)
                        )
                    )
        return sorted(found, key=lambda v: (v.name, -int(v.version)))

    def promote(self, name: str, version: str | None = None, *, reason: str = "") -> Version:
        """Let a version (default: the candidate) answer: local pointer first, aliases after.

        Its bundle is copied to HOME/bundles and verified before the pointer moves. Raises
        ModelError when there is no such version, its bundle is damaged, or its gates refused it
        and no reason to promote it all the same is given (the reason is kept as a tag).
        """
        chosen = self._version(name, version)
        if chosen.tags.get("gate") == "refused" and not reason:
            raise ModelError(
                f"Version {chosen.version} of '{name}' was refused by its gates; train a better"
                " one, or promote it with --force and a reason."
            )
        target = bundle.folder(self.home, name, chosen.version)
        if not _is_whole(target):
            self._fetch(chosen, target)
        bundle.load(target)
        bundle.set_champion(self.home, name, chosen.version)
        if reason:
            with quiet():
                self._client.set_model_version_tag(name, chosen.version, "forced", reason)
        return self._mirror(name, chosen.version)

    def rollback(self, name: str) -> Version:
        """Let the previous champion answer again: local pointer first, aliases after.

        Raises ModelError when there is no previous champion.
        """
        former = bundle.previous_version(self.home, name)
        if former is None:
            raise ModelError(f"'{name}' has no previous champion to roll back to.")
        bundle.load(bundle.folder(self.home, name, former))
        bundle.set_champion(self.home, name, former)
        return self._mirror(name, former)

    def _new_version(self, name: str, info: Any, run_id: str) -> str:
        # Not `registered_model_name=`: that prints to the terminal.
        if not any(model.name == name for model in self._client.search_registered_models()):
            self._client.create_registered_model(name)
        made = self._client.create_model_version(
            name, source=info.model_uri, run_id=run_id, model_id=info.model_id
        )
        return str(made.version)

    def _version(self, name: str, version: str | None) -> Version:
        known = self.versions(name)
        if not known:
            raise ModelError(
                f"No version of '{name}' is registered; run `payrisk train {name}` first."
            )
        for one in known:
            if one.version == version or (version is None and "candidate" in one.aliases):
                return one
        if version is None:
            raise ModelError(f"'{name}' has no candidate; name a version to promote.")
        raise ModelError(
            f"'{name}' has no version {version}; it has"
            f" {', '.join(one.version for one in reversed(known))}."
        )

    def _fetch(self, chosen: Version, target: Path) -> None:
        """Copy the version's bundle from MLflow's artifacts into HOME/bundles."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with quiet(), tempfile.TemporaryDirectory(dir=target.parent) as aside:
            where = self._client.get_model_version_download_uri(chosen.name, chosen.version)
            local = Path(
                self._mlflow.artifacts.download_artifacts(artifact_uri=where, dst_path=aside)
            )
            inner = [path.parent for path in local.rglob("manifest.json")]
            if len(inner) != 1:
                raise ModelError(
                    f"Version {chosen.version} of '{chosen.name}' holds no payrisk bundle;"
                    " train a new version."
                )
            copy = target.with_name(f".{target.name}.partial")
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(inner[0], copy)
            bundle.verify(copy)
            shutil.rmtree(target, ignore_errors=True)
            copy.rename(target)

    def _mirror(self, name: str, version: str) -> Version:
        """Move MLflow's aliases to where the local pointers are."""
        with quiet():
            former = bundle.previous_version(self.home, name)
            self._client.set_registered_model_alias(name, "champion", version)
            if former is not None and former != version:
                self._client.set_registered_model_alias(name, "previous", former)
        return self._version(name, version)

    def _experiment(self, name: str) -> str:
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        # With an embedded store we say where files go; a server decides for itself.
        is_embedded = self.uri.startswith("sqlite:")
        where = (self.artifacts / name).as_uri() if is_embedded else None
        return str(self._client.create_experiment(name, artifact_location=where))


def _signature(mlflow: Any, folder: Path, example: pd.DataFrame) -> Any:
    from mlflow.types import DataType
    from mlflow.types.schema import Array, ColSpec, Schema

    name = bundle.verify(folder)["name"]
    kinds = {True: DataType.double, False: DataType.string}
    inputs: list[Any] = [
        ColSpec(kinds[pd.api.types.is_numeric_dtype(example[column])], column)
        for column in example.columns
    ]
    output = (
        ColSpec(Array(DataType.double), "probability_paid_by")
        if name == "days-to-pay"
        else ColSpec(DataType.double, "probability")
    )
    return mlflow.models.ModelSignature(Schema(inputs), Schema([output]))


def _is_whole(folder: Path) -> bool:
    try:
        bundle.verify(folder)
    except ModelError:
        return False
    return True
