"""The deletion test: reasons of a decision taken away from the model, to see what it says then."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from payrisk.answers.answering import Answers
from payrisk.calendar import day_of
from payrisk.credit import CreditApplication
from payrisk.credit.reasons.model_reasons import reason_of
from payrisk.errors import InputError
from payrisk.ledger import History

TOGETHER = 3
"""Reasons taken away at once: the heaviest ones beside as many of the lightest."""
MOST_TYPICAL = 500
"""Customers whose middle value is the ordinary one."""
OF_THE_CURVES = {
    "customer__unpaid__chances": "open_invoices",
    "customer__n_settled": "past_lateness",
    "customer__n_matured": "past_lateness",
    "customer__n_failed": "past_lateness",
}
"""Inputs of the roll-up of curves → the reason they stand behind."""


@runtime_checkable
class RowLevelRiskModel(Protocol):
    """A risk model that can be asked about rows that are made up."""

    def rows(
        self, history: History, customer_ids: Sequence[str], horizon_days: int | None = None
    ) -> pd.DataFrame:
        """The flat input rows of some customers."""
        ...

    def predict(self, rows: pd.DataFrame) -> list[float]:
        """The probability of default of flat rows."""
        ...


@dataclasses.dataclass(frozen=True)
class DeletionTest:
    """What the model says with all it knew, and without each reason.

    reasons: code, text, `speaks` (against or for), `probability_without`, `is_borne_out`: whether
    the probability moved as the reason says it should. heaviest, lightest: the probability without
    the heaviest reasons that speak against, and without as many of the lightest. warnings: why it
    may not be what was decided by.
    """

    probability: float
    reasons: tuple[dict[str, Any], ...]
    heaviest: float
    lightest: float
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return dataclasses.asdict(self)


def run_deletion_test(answers: Answers, decision: Mapping[str, Any]) -> DeletionTest:
    """Take each reason of a kept decision away and ask the models in service again.

    Of a customer, what stands behind a reason takes the ordinary value, the middle one of all
    customers that morning; open invoices are taken for none. Of an applicant it is taken as not
    said. Raises InputError where no model can be asked so.
    """
    risk = decision["risk"]
    if risk is None:
        raise InputError("This decision rests on no score, so there is no reason to prove.")
    weights, texts = _weights(risk["contributions"])
    predict = _predictor(answers, decision)
    now = predict(())
    order = sorted(weights, key=lambda code: (-abs(weights[code]), code))
    adverse = [code for code in order if weights[code] > 0]
    rows = []
    for code in order:
        without = predict((code,))
        speaks_against = weights[code] > 0
        rows.append(
            {
                "code": code,
                "text": texts[code],
                "speaks": "against" if speaks_against else "for",
                "probability_without": without,
                "is_borne_out": without < now if speaks_against else without > now,
            }
        )
    many = min(TOGETHER, max(len(adverse), 1))
    return DeletionTest(
        now,
        tuple(rows),
        predict(adverse[:many]),
        predict(order[::-1][:many]),
        tuple(_warnings(answers, decision)),
    )


def _weights(parts: Sequence[Mapping[str, Any]]) -> tuple[dict[str, float], dict[str, str]]:
    """The contributions by reason, and the words of the heaviest; less what is true of anybody."""
    weights: dict[str, float] = {}
    heaviest: dict[str, float] = {}
    texts: dict[str, str] = {}
    for part in parts:
        entry = reason_of(part["code"])
        if entry is None or not entry.sentence or not part["contribution"]:
            continue
        weight = float(part["contribution"])
        weights[entry.code] = weights.get(entry.code, 0.0) + weight
        if abs(weight) > heaviest.get(entry.code, 0.0):
            heaviest[entry.code], texts[entry.code] = abs(weight), str(part["text"])
    return weights, texts


def _predictor(answers: Answers, decision: Mapping[str, Any]) -> Callable[[Sequence[str]], float]:
    day, horizon = day_of(decision["as_of"]), int(decision["risk"]["horizon_days"])
    application = decision["inputs"].get("application")
    if application is not None:
        return _of_application(answers, application, day, horizon)
    model: object = answers.risk_models.of_customers
    if not isinstance(model, RowLevelRiskModel):
        raise InputError("The risk model in service cannot be asked without a reason.")
    history = answers.history(day)
    customer = str(decision["customer_id"])
    known = sorted(set(history.invoices()["customer_id"].astype(str)) - {customer})
    rows = model.rows(history, [customer, *known[:MOST_TYPICAL]], horizon)
    behind = {name: OF_THE_CURVES.get(name) or _code(name) for name in rows.columns}

    def predict(codes: Sequence[str]) -> float:
        row = rows.iloc[[0]].copy()
        for name, code in behind.items():
            if code in codes:
                column = rows[name].iloc[1:]
                is_number = pd.api.types.is_numeric_dtype(column)
                row[name] = column.median() if is_number else ""
        return float(model.predict(row)[0])

    return predict


def _of_application(
    answers: Answers, application: Mapping[str, Any], day: int, horizon: int
) -> Callable[[Sequence[str]], float]:
    model = answers.risk_models.of_applicants
    if model is None:
        raise InputError("No model of applicants is in service that could be asked again.")
    names = {field.name for field in dataclasses.fields(CreditApplication)}
    stated: dict[str, Any] = {
        name: day_of(value) if name.endswith("_on") and isinstance(value, str) else value
        for name, value in application.items()
        if name in names
    }
    fields = CreditApplication(**stated).fields(day)

    def predict(codes: Sequence[str]) -> float:
        rest = {
            name: None if (_code(name) or _code(f"application__{name}")) in codes else value
            for name, value in fields.items()
        }
        return float(model.risks_of([rest], day, horizon, ["(applicant)"])[0].probability)

    return predict


def _code(name: str) -> str | None:
    entry = reason_of(name)
    return None if entry is None else entry.code


def _warnings(answers: Answers, decision: Mapping[str, Any]) -> list[str]:
    warnings = []
    now = {name: str(champion.version) for name, champion in answers.champions.items()}
    if decision["model_versions"] != {name: now[name] for name in sorted(now)}:
        warnings.append("Other versions of the models decided then than answer now.")
    if decision["ledger_sha"] != answers.ledger_sha:
        warnings.append("The ledger was corrected or added to since.")
    return warnings
