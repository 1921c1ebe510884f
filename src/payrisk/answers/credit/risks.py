"""Who will default, on one morning: known customers and applicants, each worked out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from payrisk.errors import PayriskError
from payrisk.ledger import History
from payrisk.predictions import DefaultRisk
from payrisk.scoring import CurveModel, RiskModel

CURVES, RISK, APPLICANTS = "days-to-pay", "default-risk", "new-customer"
"""Names of the champions that answer."""

APPLICANT = "(applicant)"
"""Stands for a company without a customer id; the ledger knows no history of it."""

BLOCK = 256
"""Customers worked out together when a morning is prepared."""
MOST_PREPARED = 20_000
"""Customers whose risks are worked out before anyone asks; more would hold too much memory."""

MOST_APPLICATIONS = 10_000
"""Applications whose risks are remembered for what is asked again of them; then it begins anew."""

Applied = tuple[DefaultRisk | None, str | None, tuple[str, ...]]
"""An applicant's risk, else why there is none, and the fields that are out of range."""


@runtime_checkable
class ComposedRiskModel(Protocol):
    """A risk model that is a formula over other champions."""

    def over(self, curves: CurveModel, applicants: Any = None) -> RiskModel:
        """The same over these champions."""
        ...


class Risks:
    """The default risks of one morning within one horizon."""

    def __init__(
        self, history: History, model: RiskModel | None, applicants: Any, horizon_days: int
    ) -> None:
        """Work nothing out yet. model, applicants: None where none is in service."""
        self._history, self._model, self._applicants = history, model, applicants
        self._horizon_days = horizon_days
        self._known: dict[str, DefaultRisk] = {}
        self._applied: dict[Any, Applied] = {}

    def of(self, customer_id: str) -> tuple[DefaultRisk | None, str | None]:
        """The risk of a customer, else the code of the reason why there is none."""
        if self._model is None:
            return None, "no_model"
        if customer_id not in self._known:
            try:
                self._work_out([customer_id])
            except PayriskError:
                return None, "model_refused"
        return self._known[customer_id], None

    def of_application(self, fields: Mapping[str, Any]) -> Applied:
        """The risk of an applicant, else why there is none, and the fields that are out of range.

        Without a model of applicants the ledger's own rate of default stands in, as for a
        customer that it does not know.
        """
        if self._applicants is None:
            return (*self.of(APPLICANT), ())
        key = tuple(fields.items())
        found = self._applied.get(key)
        if found is None:
            try:
                found = self.prepare_applications([fields])[key]
            except PayriskError:
                return None, "model_refused", ()
        return found

    def prepare_applications(self, fields: Sequence[Mapping[str, Any]]) -> dict[Any, Applied]:
        """Work out several applications at once: one alone takes two thirds as long as twenty.

        Those that were not known yet. Raises what the model raises.
        """
        missing = {
            key: one for one in fields for key in [tuple(one.items())] if key not in self._applied
        }
        if self._applicants is None or not missing:
            return {}
        asked, day = list(missing.values()), self._history.as_of
        ids = [APPLICANT] * len(asked)
        risks = self._applicants.risks_of(asked, day, self._horizon_days, ids)
        strange = self._applicants.all_out_of_range(asked)
        if len(self._applied) + len(asked) > MOST_APPLICATIONS:
            self._applied = {}
        told = zip(missing, risks, strange, strict=True)
        found: dict[Any, Applied] = {key: (risk, None, tuple(odd)) for key, risk, odd in told}
        self._applied |= found
        return found

    def prepare(self, is_wanted: Callable[[], bool] = lambda: True) -> int:
        """Work out every active customer's risk in blocks; how many are ready after it.

        is_wanted: asked before each block; once it is false the rest is left undone.
        """
        if self._model is None:
            return 0
        recent = self._history.invoices().sort_values("issued_on", kind="stable")
        ids = list(recent["customer_id"].drop_duplicates(keep="last"))[::-1]
        missing = [one for one in ids[:MOST_PREPARED] if one not in self._known]
        for first in range(0, len(missing), BLOCK):
            if not is_wanted():
                break
            self._work_out(missing[first : first + BLOCK])
        return len(self._known)

    def _work_out(self, customer_ids: Sequence[str]) -> None:
        assert self._model is not None
        risks = self._model.risks(self._history, customer_ids, self._horizon_days)
        self._known.update(zip(customer_ids, risks, strict=True))
