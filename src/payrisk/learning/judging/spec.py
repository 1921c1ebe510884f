"""ModelSpec: what a model is for, which recipe fits it and which gates it must pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import TYPE_CHECKING, Any, Literal, Self

from payrisk.errors import ModelError
from payrisk.features.catalogue.all import DEFINED
from payrisk.features.catalogue.feature import Feature
from payrisk.learning.fits import Fit, fit_word, with_first_fit_name
from payrisk.learning.recipe_inputs import RecipeInputs
from payrisk.ledger import DefaultRule, History
from payrisk.scoring import CurveModel

if TYPE_CHECKING:
    from payrisk.learning.default_risk.landmarks import Landmark
    from payrisk.learning.new_customer.applications import ApplicationTable
    from payrisk.scoring.default_risk.model import DefaultModel
    from payrisk.scoring.new_customer.model import ApplicantModel

Head = Literal["curves", "risk", "applicant"]


@dataclass(frozen=True)
class Gate:
    """A measurable promise: `metric` at most `limit`, times or plus a baseline's where named.

    needs: a count among the metrics (rows, events) below which the gate proves nothing.

    >>> Gate("crps", 0.9, "times", "due-plus-mean").sentence
    'crps at most 0.9 times due-plus-mean'
    """

    metric: str
    limit: float
    how: Literal["at most", "times", "plus"] = "at most"
    against: str = ""
    needs: tuple[str, int] | None = None

    @property
    def sentence(self) -> str:
        """The promise in words."""
        if self.how == "at most":
            return f"{self.metric} at most {self.limit:g}"
        return f"{self.metric} at most {self.limit:g} {self.how} {self.against}"


@dataclass(frozen=True)
class Span:
    """Values that `payrisk tune` may try for a setting: from low to high, or one of some.

    is_log: tried evenly by orders of magnitude. Whole numbers stay whole.
    """

    low: float = 0.0
    high: float = 0.0
    is_log: bool = False
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True)
class RecipeChange:
    """In what a recipe differs from another, by name.

    inputs: read by one of the two alone. settings: set otherwise; overridden: those of them that
    the gate's fit sets itself, to be quick, so that no verdict can tell.
    """

    inputs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.inputs or self.settings)


@dataclass(frozen=True)
class ModelSpec:
    """A recipe under a name: it composes parts and holds no code of its own.

    head: `curves` answers with PaymentCurves, `risk` with DefaultRisks (then `rule` and
    `horizon_days` say of what), `applicant` too, but of applications alone. fit: History →
    CurveModel for the head `curves`, else called as `fit_default_risk` or `fit_applicant` is; a
    risk is a formula over the model named by `over`. settings: what fit is told by name, as plain
    values that JSON knows. when_judged: settings that differ where only metrics read the model;
    when_gated: where recipes are refitted at several origins; when_sketched: where many past
    mornings each need a model of their own. search: what tuning may try of the settings.
    inputs: names of the catalogue features that fit is given, as `RecipeInputs`, and reads: these
    and no others; it then also takes `backdated`, as `features.Known` does. baselines: names
    shown beside it in every table. reads_attributes: whether fit also reads every dated attribute
    of the ledger, and those allowed by name.
    """

    name: str
    purpose: str
    head: Head
    gates: tuple[Gate, ...]
    fit: Fit
    settings: Mapping[str, Any] = field(default_factory=dict)
    when_judged: Mapping[str, Any] = field(default_factory=dict)
    when_gated: Mapping[str, Any] = field(default_factory=dict)
    when_sketched: Mapping[str, Any] = field(default_factory=dict)
    search: Mapping[str, Span] = field(default_factory=dict)
    over: str = ""
    inputs: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    rule: DefaultRule = field(default_factory=DefaultRule)
    horizon_days: int = 180
    seed: int = 0
    recipe: str = ""
    limits: tuple[str, ...] = ()
    backdated: frozenset[str] = frozenset()
    reads_attributes: bool = False

    @property
    def features(self) -> list[Feature]:
        """The catalogue features that fit reads; raises KeyError for one that is not there."""
        return [DEFINED[name] for name in self.inputs]

    @property
    def has_curves(self) -> bool:
        """Whether it answers with payment curves, and not with a chance of default."""
        return self.head == "curves"

    # -- fitting -----------------------------------------------------------------------------

    def fit_as_served(self, history: History) -> CurveModel:
        """Fit the recipe as it is served, on what was known on the morning of the history.

        Raises ModelError where the fit does not take what the recipe tells it, and where the
        model reads other features than the recipe names.
        """
        return self._fitted(history, {})

    def fit_as_judged(self, history: History) -> CurveModel:
        """The same, only as far as its metrics read it."""
        return self._fitted(history, self.when_judged)

    def fit_for_gate(self, history: History) -> CurveModel:
        """The same, for the gate: at several origins, with one seed."""
        return self._fitted(history, self.when_gated)

    def fit_sketch(self, history: History) -> CurveModel:
        """The same with less patience, where many past mornings each need a model of their own."""
        return self._fitted(history, self.when_sketched)

    def risk(self, history: History, past: Sequence[Landmark], curves: CurveModel) -> DefaultModel:
        """Fit a recipe of default risk: on past landmarks, over the curves of the morning.

        Raises ModelError as `full` does.
        """
        moment = self._of_moments()
        promise = self.rule, self.horizon_days
        model: DefaultModel = self._called(history, past, curves, *promise, self.seed, moment)
        self._hold_inputs(model, is_fallback=not model.trees)
        return model

    def applicants(self, table: ApplicationTable) -> ApplicantModel:
        """Fit a recipe of applicants on past applications; raises ModelError as `full` does."""
        model: ApplicantModel = self._called(table, self.seed)
        self._hold_inputs(model)
        return model

    def _fitted(self, history: History, override: Mapping[str, Any]) -> CurveModel:
        if not self.has_curves:
            raise ModelError(f"'{self.name}' says no payment curves; name another model.")
        more: dict[str, Any] = {"backdated": self.backdated} if self.backdated else {}
        if self.inputs:
            more["inputs"] = RecipeInputs.of(self.inputs)
        model: CurveModel = self._called(history, **override, **more)
        self._hold_inputs(model, is_fallback=getattr(model, "is_young", False))
        return model

    def _called(self, *values: Any, **more: Any) -> Any:
        """What fit returns; raises ModelError where it does not take what the recipe tells it."""
        options = {**self.settings, **more}
        try:
            signature(self.fit).bind(*values, **options)
        except TypeError as error:
            names = ", ".join(sorted(options)) or "nothing"
            raise ModelError(
                f"The fit of '{self.name}' does not take what its recipe tells it ({names}):"
                f" {error}."
            ) from None
        return self.fit(*values, **options)

    def _of_moments(self) -> tuple[str, ...]:
        inputs = RecipeInputs.of(self.inputs)
        if inputs.day:
            raise ModelError(f"'{self.name}' reads {inputs.day[0]}, but asks of no coming day.")
        return inputs.moment

    def _hold_inputs(self, model: Any, *, is_fallback: bool = False) -> None:
        """Raise ModelError where the model reads other features of the catalogue than named.

        is_fallback: it learned too little to read any, and may.
        """
        read = {feature.name for feature in model.inputs if feature.name in DEFINED}
        if read == set(self.inputs) or (is_fallback and not read):
            return
        more, less = sorted(read - set(self.inputs)), sorted(set(self.inputs) - read)
        words = [f"reads {', '.join(more)} besides"] if more else []
        words += [f"does not read {', '.join(less)}"] if less else []
        raise ModelError(
            f"The model of '{self.name}' {' and '.join(words)}: its fit does not keep to the"
            " inputs of its recipe."
        )

    # -- beside another recipe ---------------------------------------------------------------

    def change_from(self, other: ModelSpec) -> RecipeChange:
        """In which inputs and settings it differs from another recipe."""
        own, others = as_json(self.settings), as_json(other.settings)
        settings = [n for n in sorted({*own, *others}) if own.get(n) != others.get(n)]
        return RecipeChange(
            tuple(sorted(set(self.inputs) ^ set(other.inputs))),
            tuple(settings),
            tuple(self.overridden_by_gate(other)),
        )

    def overridden_by_gate(self, other: ModelSpec) -> list[str]:
        """Settings in which two recipes of one fit differ, and which a gate's fit overrides."""
        if self.fit is not other.fit:
            return []
        own, others = as_json(self.settings), as_json(other.settings)
        return [name for name in self.when_gated if own.get(name) != others.get(name)]

    def with_backdated(self, names: frozenset[str]) -> Self:
        """The same recipe with attributes without date history read as if known since ever."""
        return replace(self, backdated=names)

    # -- what the recipe is ------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """The recipe as plain values: what fits it, how it is set, what its inputs mean."""
        said: dict[str, Any] = {
            "fit": fit_word(self.fit),
            "settings": as_json(self.settings),
            "inputs": {feature.name: feature.definition_hash for feature in self.features},
            "backdated": sorted(self.backdated),
            "seed": self.seed,
        }
        if not self.has_curves:
            said |= {
                "over": self.over,
                "rule": as_json(self.rule.to_json()),
                "days": self.horizon_days,
            }
        return said

    @property
    def sha(self) -> str:
        """Sha256 of what the recipe is; equal where the same data give the same model.

        Of the name that its fit first had: runs and bundles are counted and compared by it.
        """
        text = json.dumps(with_first_fit_name(self.to_json()), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def as_json(value: Any) -> Any:
    """Settings as JSON gives them back: lists for tuples, dicts for mappings."""
    return json.loads(json.dumps(dict(value) if isinstance(value, Mapping) else value))
