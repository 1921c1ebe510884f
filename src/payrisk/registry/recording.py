"""A candidate as an MLflow run: params, metrics by slice and day ahead, data, papers, model."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from payrisk import bundle
from payrisk.registry.names import flat_settings, mlflow_names
from payrisk.scoring.kinds import CURVE_KINDS

ALWAYS = ("n", "ratio")
"""Columns of a table of slices that become metrics besides those that the run has too."""

_GROUP = ("slice", "group")
_CARD = ("card.md", "card.json")
_OF_THE_DATA = ("as_of", "ledger_sha", "judged_rows")


@dataclass(frozen=True)
class RecordedRun:
    """A run that was kept, and the model in it."""

    run_id: str
    model_id: str
    model_uri: str


@dataclass(frozen=True)
class RunContents:
    """All that a run tells of a candidate, besides its bundle.

    params: settings, nested ones too. metrics: name → value; what is not finite is left out.
    dataset: the rows it was judged on, recorded by schema, size and digest. example: flat input
    rows; they give the signature and are kept with the model. slices: a row a group with columns
    slice and group; its columns that are metrics too, and n and ratio, become metrics
    slice/<slice>/<group>/<metric>. horizons: days ahead first, then a column a curve of values;
    metrics days_ahead/<column>, whose step is the day. Both are kept as tables, too. artifacts:
    name in the run → file or content.
    """

    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    dataset: pd.DataFrame
    dataset_digest: str
    example: pd.DataFrame
    slices: pd.DataFrame | None = None
    horizons: pd.DataFrame | None = None
    artifacts: Mapping[str, Path | bytes] = field(default_factory=dict)

    def by_slice(self) -> dict[str, float]:
        """Metric of each group, named slice/<slice>/<group>/<metric>."""
        if self.slices is None:
            return {}
        shown = [c for c in self.slices if c in self.metrics or c in ALWAYS]
        named = [
            ("/".join(["slice", *(str(row[c]).replace("/", "-") for c in _GROUP), column]), value)
            for row in self.slices.to_dict("records")
            for column, value in ((c, float(row[c])) for c in shown)
        ]
        return _finite(
            zip(mlflow_names(name for name, _ in named), (v for _, v in named), strict=True)
        )

    def by_day_ahead(self) -> Iterator[tuple[str, int, float]]:
        """Metric days_ahead/<column>, the day and its value."""
        if self.horizons is None:
            return
        days = self.horizons.iloc[:, 0].astype("int64")
        columns = [str(column) for column in self.horizons.columns[1:]]
        for column, key in zip(
            columns, mlflow_names(f"days_ahead/{c}" for c in columns), strict=True
        ):
            for day, value in zip(days, self.horizons[column].astype("float64"), strict=True):
                if math.isfinite(value):
                    yield key, int(day), float(value)

    def write(self, folder: Path, card_of: Path) -> None:
        """Put the card, the tables and the artifacts into a folder, as they are to be shown.

        Raises ValueError for an artifact that would lie outside of it.
        """
        for name in _CARD:
            shutil.copy(card_of / name, folder / name)
        for name, table in (("slices", self.slices), ("horizons", self.horizons)):
            if table is not None:
                # as `mlflow.load_table` reads it, and as people open it
                table.to_json(
                    folder / f"{name}.json", orient="split", index=False, double_precision=15
                )
                table.to_csv(folder / f"{name}.csv", index=False)
        for name, source in self.artifacts.items():
            place = PurePosixPath(name)
            if place.is_absolute() or ".." in place.parts:
                raise ValueError(name)
            target = folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(source, bytes):
                target.write_bytes(source)
            else:
                shutil.copy(source, target)

    @property
    def tables(self) -> list[dict[str, str]]:
        """Which artifacts are tables, as MLflow's pages want it told."""
        held = {"slices.json": self.slices, "horizons.json": self.horizons}
        return [{"path": p, "type": "table"} for p, table in held.items() if table is not None]


def record_run(
    mlflow: Any, client: Any, experiment: str, folder: Path, contents: RunContents, ledgers: Path
) -> RecordedRun:
    """Keep a bundle and its papers as one finished run; a run that fails is marked as failed.

    ledgers: the folder that holds the one its rows are from.
    """
    start = mlflow.start_run(
        experiment_id=experiment,
        run_name=folder.name,
        tags=_run_tags(contents, folder),
        description=description(folder),
    )
    with start as run:
        run_id = run.info.run_id
        params = flat_settings(contents.params)
        mlflow.log_params(dict(zip(mlflow_names(params), params.values(), strict=True)))
        data = mlflow.data.from_pandas(
            contents.dataset,
            source=str(ledgers / contents.dataset_digest),
            name="ledger",
            digest=contents.dataset_digest[:32],
        )
        data_tags = {key: contents.tags[key] for key in _OF_THE_DATA if contents.tags.get(key)}
        mlflow.log_input(data, context="backtest", tags=data_tags)
        with tempfile.TemporaryDirectory() as aside:
            contents.write(Path(aside), folder)
            mlflow.log_artifacts(aside)
        info = mlflow.pyfunc.log_model(
            name=model_of(folder),
            python_model=str(Path(__file__).with_name("scorer.py")),
            artifacts={"bundle": str(folder)},
            signature=_signature(mlflow, folder, contents.example),
            input_example=contents.example.head(2),
            pip_requirements=["payrisk"],
            metadata={"payrisk_bundle_format": 1},
        )
        metrics = _finite(
            zip(mlflow_names(contents.metrics), contents.metrics.values(), strict=True)
        )
        mlflow.log_metrics(metrics, model_id=info.model_id, dataset=data)
        client.log_batch(run_id, metrics=_detailed(mlflow, contents, run.info.start_time))
    return RecordedRun(run_id, str(info.model_id), str(info.model_uri))


def model_of(folder: Path) -> str:
    """The name of the model in a bundle."""
    return str(bundle.verify(folder)["name"])


def description(folder: Path) -> str:
    """The verdict on the card of a bundle; '' where it has none."""
    card = json.loads((folder / "card.json").read_bytes())
    return str(card.get("verdict", {}).get("sentence", ""))


def purpose(folder: Path) -> str:
    """What the model is for, by its card."""
    return str(json.loads((folder / "card.json").read_bytes()).get("purpose", ""))


def _run_tags(contents: RunContents, folder: Path) -> dict[str, str]:
    name = model_of(folder)
    # what MLflow's pages show of a run: never the path of the script that happened to run
    shown = {
        "mlflow.source.name": f"payrisk train {name}",
        "mlflow.source.type": "JOB",
        "mlflow.source.git.commit": contents.tags.get("git_commit", ""),
        "mlflow.user": contents.tags.get("trained_by", ""),
        "mlflow.loggedArtifacts": json.dumps(contents.tables) if contents.tables else "",
    }
    return dict(contents.tags) | {key: value for key, value in shown.items() if value}


def _detailed(mlflow: Any, contents: RunContents, now: int) -> list[Any]:
    metric = mlflow.entities.Metric
    slices = [metric(key, value, now, 0) for key, value in contents.by_slice().items()]
    return slices + [metric(key, value, now, day) for key, day, value in contents.by_day_ahead()]


def _finite(values: Any) -> dict[str, float]:
    return {key: float(value) for key, value in values if math.isfinite(value)}


def _signature(mlflow: Any, folder: Path, example: pd.DataFrame) -> Any:
    from mlflow.types import DataType
    from mlflow.types.schema import Array, ColSpec, Schema

    kinds = {True: DataType.double, False: DataType.string}
    inputs: list[Any] = [
        ColSpec(kinds[pd.api.types.is_numeric_dtype(example[column])], column)
        for column in example.columns
    ]
    output = (
        ColSpec(Array(DataType.double), "probability_paid_by")
        if bundle.verify(folder)["kind"] in CURVE_KINDS
        else ColSpec(DataType.double, "probability")
    )
    return mlflow.models.ModelSignature(Schema(inputs), Schema([output]))
