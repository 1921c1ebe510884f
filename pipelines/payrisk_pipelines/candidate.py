"""A fitted model and its card become a bundle, and the bundle a registered candidate."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk import bundle
from payrisk.calendar import iso
from payrisk.learning.card import ModelCard, metric_table
from payrisk.registry import Registry, Version
from payrisk.settings import Settings


@dataclass(frozen=True)
class Trained:
    """A candidate: its card and the version it was registered as."""

    card: ModelCard
    version: Version

    def table(self) -> pd.DataFrame:
        """Metrics, this model first; without any, the verdict alone."""
        if not self.card.metrics:
            sentence = self.card.verdict.sentence
            return pd.DataFrame({"model": [self.card.name], "verdict": [sentence]})
        return metric_table(self.card.metrics)

    @property
    def sentence(self) -> str:
        """What was made, and the verdict."""
        return (
            f"{self.card.name} version {self.version.version} is the candidate,"
            f" trained as of {iso(self.card.as_of)}. {self.card.verdict.sentence}"
        )

    def to_json(self) -> dict[str, Any]:
        """The card and where it went."""
        return {
            "version": self.version.version,
            "run_id": self.version.run_id,
            "card": self.card.to_json(),
        }


def registry_of(settings: Settings) -> Registry:
    """The registry these settings name."""
    return Registry(settings.home, settings.mlflow_uri, settings.mlflow_artifacts)


def candidate(
    settings: Settings,
    model: Any,
    card: ModelCard,
    golden: pd.DataFrame,
    judged_on: pd.DataFrame,
    *,
    git_commit: str,
    seed: int,
    beside: Mapping[str, Any] | None = None,
) -> Trained:
    """Write the bundle, load it once as the service will, and register it.

    golden: flat input rows. judged_on: the rows behind the card's metrics, kept by digest only.
    beside: further papers of the bundle.
    """
    facts = {
        "git_commit": git_commit,
        "ledger_sha": card.ledger_sha,
        "seed": seed,
        "as_of": iso(card.as_of),
    }
    with tempfile.TemporaryDirectory() as aside:
        folder = bundle.write(
            Path(aside) / f"{card.name}-{iso(card.as_of)}",
            name=card.name,
            model=model,
            golden=golden,
            card=card.to_json(),
            card_text=card.to_text(),
            facts=facts,
            beside=beside,
        )
        bundle.load(folder, trial_seconds=0)
        return Trained(card, _register(settings, card, folder, judged_on, golden))


def _register(
    settings: Settings, card: ModelCard, folder: Path, rows: pd.DataFrame, golden: pd.DataFrame
) -> Version:
    own = dict(card.metrics.get(card.name, {}))
    others = {
        f"{model}.{metric}": value
        for model, values in card.metrics.items()
        if model != card.name
        for metric, value in values.items()
    }
    manifest = bundle.verify(folder)
    tags = {
        "gate": card.verdict.outcome,
        "as_of": iso(card.as_of),
        "ledger_sha": card.ledger_sha,
        "git_commit": str(manifest["git_commit"]),
        "bundle_digest": str(manifest["digest"]),
    }
    return registry_of(settings).register(
        card.name,
        folder,
        params=dict(card.parameters) | {"as_of": iso(card.as_of), "seed": manifest["seed"]},
        metrics=own | others,
        tags=tags,
        dataset=rows,
        dataset_digest=card.ledger_sha or str(manifest["digest"]),
        example=golden,
    )
