"""Who will default, on one morning: known customers and applicants, each worked out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from payrisk.answers.champions import APPLICANTS, CURVES, RISK, Champion
from payrisk.errors import PayriskError
from payrisk.ledger import History
from payrisk.predictions import DefaultRisk
from payrisk.scoring import RiskModel
from payrisk.scoring.kinds import bind

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


class RiskModels:
    """The champions that say who will default; none is bound or loaded before it is asked."""

    def __init__(self, champions: Mapping[str, Champion]) -> None:
        """champions: by name, absent where none is promoted."""
        self._champions = champions

    @cached_property
    def of_customers(self) -> RiskModel | None:
        """The risk model over the champions in service; None where it, or one it needs, is not."""
        risk = self._champions.get(RISK)
        if risk is None:
            return None
        models = {name: champion.model for name, champion in self._champions.items()}
        bound: RiskModel | None = bind(risk.model, models)
        return bound

    @property
    def of_applicants(self) -> Any:
        """The model of applicants; None where none is in service."""
        champion = self._champions.get(APPLICANTS)
        return None if champion is None else champion.model

    @property
    def has_applicants(self) -> bool:
        """Whether a model of applicants is in service."""
        return APPLICANTS in self._champions

    @property
    def digests(self) -> dict[str, str] | None:
        """What names the bytes of all that a customer's risk is worked out by, by champion.

        None where no risk model is in service, or one that nothing names by its bytes.
        """
        used = {n: c for n, c in self._champions.items() if n in (RISK, CURVES, APPLICANTS)}
        digests = {name: str(getattr(champion, "digest", "")) for name, champion in used.items()}
        return digests if RISK in digests and all(digests.values()) else None


class KnownRisks(Protocol):
    """Risks that were worked out before, by customer."""

    def __contains__(self, customer_id: str) -> bool:
        """Whether the risk of this customer is known."""
        ...

    def __len__(self) -> int:
        """How many are."""
        ...

    def __getitem__(self, customer_id: str) -> DefaultRisk:
        """The risk of a customer."""
        ...


class Risks:
    """The default risks of one morning within one horizon."""

    def __init__(
        self,
        as_of: int,
        history: Callable[[], History],
        models: RiskModels,
        horizon_days: int,
        known_risks: KnownRisks | None = None,
    ) -> None:
        """Work nothing out yet.

        history: read once something has to be worked out. known_risks: what these very
        models said before.
        """
        self._as_of, self._read_history, self._models = as_of, history, models
        self._horizon_days, self._known = horizon_days, known_risks
        self._of_customers: dict[str, DefaultRisk] = {}
        self._of_applications: dict[Any, AssessedRisk] = {}

    def of_customer(self, customer_id: str) -> AssessedRisk:
        """The risk of a customer of the ledger."""
        if customer_id not in self._of_customers:
            if self._known is not None and customer_id in self._known:
                self._of_customers[customer_id] = self._known[customer_id]
                return AssessedRisk(self._of_customers[customer_id])
            try:
                if self._models.of_customers is None:
                    return AssessedRisk(None, "no_model")
                self._work_out([customer_id])
            except PayriskError:
                return AssessedRisk(None, "model_refused")
        return AssessedRisk(self._of_customers[customer_id])

    def of_application(self, fields: Mapping[str, Any]) -> AssessedRisk:
        """The risk of an applicant; fields: `CreditApplication.fields`.

        Without a model of applicants the ledger's own rate of default stands in, as for a
        customer that it does not know.
        """
        if not self._models.has_applicants:
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
        if not self._models.has_applicants or not missing:
            return {}
        rows, day, model = list(missing.values()), self._as_of, self._models.of_applicants
        ids = [APPLICANT] * len(rows)
        risks = model.risks_of(rows, day, self._horizon_days, ids)
        out_of_range = model.all_out_of_range(rows)
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
        if self._known is not None:
            return len(self._known)
        if self._models.of_customers is None:
            return 0
        recent = self._read_history().invoices().sort_values("issued_on", kind="stable")
        ids = list(recent["customer_id"].drop_duplicates(keep="last"))[::-1]
        missing = [name for name in ids[:MOST_PREPARED] if name not in self._of_customers]
        for first in range(0, len(missing), BLOCK):
            if not is_wanted():
                break
            self._work_out(missing[first : first + BLOCK])
        return len(self._of_customers)

    def _work_out(self, customer_ids: Sequence[str]) -> None:
        model = self._models.of_customers
        assert model is not None
        risks = model.risks(self._read_history(), customer_ids, self._horizon_days)
        self._of_customers.update(zip(customer_ids, risks, strict=True))
