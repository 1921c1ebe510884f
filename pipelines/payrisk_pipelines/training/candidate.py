"""A fitted model and its card become a bundle, and the bundle a registered candidate."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from payrisk import bundle, signing
from payrisk.answers.deferred_bundles import BundleTrialLoads
from payrisk.calendar import iso
from payrisk.features.catalogue.all import DEFINED
from payrisk.learning.fits import with_first_fit_name
from payrisk.learning.judging.card import ModelCard, metric_table
from payrisk.learning.judging.judge import Judgement
from payrisk.learning.judging.spec import ModelSpec
from payrisk.registry import RunContents, Version
from payrisk.settings import Settings
from payrisk_models import spec
from payrisk_pipelines.training.build_lock import lock_sha, versions
from payrisk_pipelines.training.run_papers import horizons_of, run_documents, slices_of
from payrisk_pipelines.training.shipping import FinalFit
from payrisk_pipelines.versions.finding import registry_of

LINEAGE = ("ledger_sha", "git_commit", "recipe_sha", "catalogue_sha", "lock_sha", "trained_by")
"""What the manifest says of where a bundle comes from, as the registry's tags repeat it."""


@dataclass(frozen=True)
class TrainedCandidate:
    """A candidate: its card and the version it was registered as."""

    card: ModelCard
    version: Version
    model: Any = field(default=None, repr=False)

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


def candidate(
    settings: Settings,
    recipe: ModelSpec,
    final: FinalFit,
    card: ModelCard,
    judgement: Judgement,
    *,
    git_commit: str,
) -> TrainedCandidate:
    """Write the bundle of what ships, load it once as the service will, and register it.

    judgement: what the card's metrics stand on; its rows are kept by digest only.
    """
    facts = {
        "git_commit": git_commit,
        "ledger_sha": card.ledger_sha,
        "seed": recipe.seed,
        "as_of": iso(card.as_of),
        "recipe": recipe.to_json() | {"sha": recipe.sha},
        "recipe_sha": recipe.sha,
        "catalogue_sha": catalogue_sha(),
        "lock_sha": lock_sha(),
        "built_with": versions(),
        "trained_by": settings.actor,
        "has_own_settings": recipe.settings != spec(recipe.name).settings,
        **final.facts,
    }
    with tempfile.TemporaryDirectory() as aside:
        folder = bundle.write(
            Path(aside) / f"{card.name}-{iso(card.as_of)}",
            name=card.name,
            model=final.model,
            golden=final.golden,
            card=card.to_json(),
            card_text=card.to_text(),
            facts=facts,
            cash_papers=final.cash_papers,
        )
        # loaded by the process that wrote it: whoever promotes it here need not try it again
        BundleTrialLoads(settings.home).add(bundle.load(folder, trial_seconds=0))
        version = _register(settings, recipe, card, folder, judgement, final)
        return TrainedCandidate(card, version, final.model)


def catalogue_sha() -> str:
    """Sha256 of every definition in the catalogue."""
    told = "".join(f"{name}{DEFINED[name].definition_hash}" for name in sorted(DEFINED))
    return hashlib.sha256(told.encode()).hexdigest()


def base_recipe_sha(facts: Mapping[str, Any]) -> str:
    """Sha256 of what a risk is over, as its manifest tells it; '' for what stands alone."""
    if "over" not in facts:
        return ""
    over = facts["over"] | {"recipe": with_first_fit_name(facts["over"]["recipe"])}
    return hashlib.sha256(json.dumps(over, sort_keys=True).encode()).hexdigest()


def _register(
    settings: Settings,
    recipe: ModelSpec,
    card: ModelCard,
    folder: Path,
    judgement: Judgement,
    final: FinalFit,
) -> Version:
    manifest = bundle.verify(folder)
    tags = {
        "gate": card.verdict.outcome,
        "as_of": iso(card.as_of),
        "bundle_digest": str(manifest["digest"]),
        "judged_rows": judgement.judged_rows,
        "champion": card.champion.get("version", ""),
        "champion_digest": card.champion.get("digest", ""),
        "over_sha": base_recipe_sha(final.facts),
        **{name: str(manifest[name]) for name in LINEAGE},
    }
    others = {
        f"{model}.{metric}": value
        for model, values in card.metrics.items()
        if model != card.name
        for metric, value in values.items()
    }
    params = {"as_of": iso(card.as_of), "settings": dict(recipe.settings), **card.parameters}
    contents = RunContents(
        params=params | {"seed": recipe.seed},
        metrics=dict(card.metrics.get(card.name, {})) | others,
        tags={name: value for name, value in tags.items() if value},
        dataset=judgement.rows,
        dataset_digest=card.ledger_sha or str(manifest["digest"]),
        example=final.golden,
        slices=slices_of(judgement.backtest, card),
        horizons=horizons_of(judgement.backtest),
        artifacts=run_documents(judgement.backtest, card),
    )
    registry = registry_of(settings)
    version = registry.register(card.name, folder, contents)
    # the gates ran here: who takes it from MLflow need not believe MLflow
    signature = signing.sign(settings.home, card.name, str(manifest["digest"]))
    registry.tag(card.name, version.version, signing.TAG, signature)
    return version
