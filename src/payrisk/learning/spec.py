"""ModelSpec: what a model is for, which recipe fits it and which gates it must pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, Self

from payrisk.features.catalogue import DEFINED
from payrisk.features.feature import Feature
from payrisk.ledger import DefaultRule
from payrisk.scoring import CurveModel

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
class ModelSpec:
    """A recipe under a name: it composes parts and holds no code of its own.

    head: `curves` answers with PaymentCurves, `risk` with DefaultRisks (then `rule` and
    `horizon_days` say of what), `applicant` too, but of applications alone. fit: History →
    CurveModel, for the head `curves`; a risk is a formula over the model named by `over`.
    inputs: names of the catalogue features that fit reads; it then also takes `backdated`, as
    `features.Known` does. judged: the same recipe, only as far as its metrics read it. sketch:
    with less patience, too, where many past mornings each need a model of their own. baselines:
    names shown beside it in every table.
    """

    name: str
    purpose: str
    head: Head
    gates: tuple[Gate, ...]
    fit: Callable[..., CurveModel] | None = None
    judged: Callable[..., CurveModel] | None = None
    sketch: Callable[..., CurveModel] | None = None
    over: str = ""
    inputs: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    rule: DefaultRule = field(default_factory=DefaultRule)
    horizon_days: int = 180
    seed: int = 0
    recipe: str = ""
    limits: tuple[str, ...] = ()

    @property
    def features(self) -> list[Feature]:
        """The catalogue features that fit reads; raises KeyError for one that is not there."""
        return [DEFINED[name] for name in self.inputs]

    def backdating(self, names: frozenset[str]) -> Self:
        """The same recipe with attributes without date history read as if known since ever."""
        if not names:
            return self
        fits = {"fit": self.fit, "judged": self.judged, "sketch": self.sketch}
        own: dict[str, Any] = {
            name: partial(fit, backdated=names) for name, fit in fits.items() if fit
        }
        return replace(self, **own)
