"""Who will default, on one morning: known customers and applicants, each worked out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from payrisk.errors import PayriskError
from payrisk.ledger import History
from payrisk.predictions import DefaultRisk
from payrisk.scoring import RiskModel

APPLICANT = "(applicant)"
"""Stands for a company without a customer id; the ledger knows no history of it."""

BLOCK = 256
"""Customers worked out together when a morning is prepared."""
MOST_PREPARED = 20_000
"""Customers whose risks are worked out before anyone asks; more would hold too much memory."""

MOST_APPLICATIONS = 10_000
"""Applications whose risks are remembered for what is asked again of them; then it begins anew."""


class AssessedRisk(NamedTuple):
    """A risk of default, else the code of the reason why there is none.

    out_of_range: the fields of an application that lie outside what the model has seen.
    """

    risk: DefaultRisk | None
    why_none: str | None = None
    out_of_range: tuple[str, ...] = ()


class Risks:
    """The default risks of one morning within one horizon."""

    def __init__(
        self, history: History, model: RiskModel | None, applicants: Any, horizon_days: int
    ) -> None:
        """Work nothing out yet. model, applicants: None where none is in service."""
        self._history, self._model, self._applicants = history, model, applicants
        self._horizon_days = horizon_days
        self._of_customers: dict[str, DefaultRisk] = {}
        self._of_applications: dict[Any, AssessedRisk] = {}

    def of_customer(self, customer_id: str) -> AssessedRisk:
        """The risk of a customer of the ledger."""
        if self._model is None:
            return AssessedRisk(None, "no_model")
        if customer_id not in self._of_customers:
            try:
                self._work_out([customer_id])
            except PayriskError:
                return AssessedRisk(None, "model_refused")
        return AssessedRisk(self._of_customers[customer_id])

    def of_application(self, fields: Mapping[str, Any]) -> AssessedRisk:
        """The risk of an applicant; fields: `CreditApplication.fields`.

        Without a model of applicants the ledger's own rate of default stands in, as for a
        customer that it does not know.
        """
        if self._applicants is None:
            return self.of_customer(APPLICANT)
        key = tuple(fields.items())
        assessed = self._of_applications.get(key)
        if assessed is None:
            try:
                assessed = self.prepare_applications([fields])[key]
            except PayriskError:
                return AssessedRisk(None, "model_refused")
        return assessed

    def prepare_applications(self, fields: Sequence[Mapping[str, Any]]) -> dict[Any, AssessedRisk]:
        """Work out several applications at once: one alone takes two thirds as long as twenty.

        Those that were not known yet. Raises what the model raises.
        """
        missing = {tuple(row.items()): row for row in fields}
        missing = {key: row for key, row in missing.items() if key not in self._of_applications}
        if self._applicants is None or not missing:
            return {}
        rows, day = list(missing.values()), self._history.as_of
        ids = [APPLICANT] * len(rows)
        risks = self._applicants.risks_of(rows, day, self._horizon_days, ids)
        out_of_range = self._applicants.all_out_of_range(rows)
        if len(self._of_applications) + len(rows) > MOST_APPLICATIONS:
            self._of_applications = {}
        assessed = {
            key: AssessedRisk(risk, None, tuple(names))
            for key, risk, names in zip(missing, risks, out_of_range, strict=True)
        }
        self._of_applications |= assessed
        return assessed

    def prepare(self, is_wanted: Callable[[], bool] = lambda: True) -> int:
        """Work out every active customer's risk in blocks; how many are ready after it.

        is_wanted: asked before each block; once it is false the rest is left undone.
        """
        if self._model is None:
            return 0
        recent = self._history.invoices().sort_values("issued_on", kind="stable")
        ids = list(recent["customer_id"].drop_duplicates(keep="last"))[::-1]
        missing = [name for name in ids[:MOST_PREPARED] if name not in self._of_customers]
        for first in range(0, len(missing), BLOCK):
            if not is_wanted():
                break
            self._work_out(missing[first : first + BLOCK])
        return len(self._of_customers)

    def _work_out(self, customer_ids: Sequence[str]) -> None:
        assert self._model is not None
        risks = self._model.risks(self._history, customer_ids, self._horizon_days)
        self._of_customers.update(zip(customer_ids, risks, strict=True))
