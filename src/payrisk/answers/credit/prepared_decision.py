"""A credit question with all that decides it but the headroom that other orders hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from payrisk.credit import (
    Account,
    Basis,
    CreditDecision,
    CreditPolicy,
    CreditRequest,
    RedFlag,
)
from payrisk.credit.deciding.counterfactual import counterfactuals, expected
from payrisk.predictions import DefaultRisk

NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class PreparedDecision:
    """What a request is decided from, worked out once: the model has been asked already.

    `group`: the customers that share the account's headroom. `is_in_ledger`: whether an order's
    id is part of the exposure already. `again` prepares another application of the same morning,
    for the changes under which the house would decide better, without it none are looked for;
    `expect` hears beforehand which ones, because a model takes many at once.
    """

    policy: CreditPolicy
    request: CreditRequest
    account: Account
    risk: DefaultRisk | None
    flags: tuple[RedFlag, ...]
    basis: Basis
    group: tuple[str, ...] = ()
    is_in_ledger: Callable[[str], bool] = lambda _order_id: False
    again: Callable[[CreditRequest], PreparedDecision] | None = None
    expect: Callable[[Sequence[CreditRequest]], None] = lambda _requests: None

    def decide(
        self,
        own: Mapping[str, int] = NOTHING,
        others: Mapping[str, int] = NOTHING,
        *,
        with_counterfactuals: bool = True,
    ) -> CreditDecision:
        """Decide; own and others: minor units by currency that released orders hold.

        What is held in another currency is named like what is owed in one.
        """
        decision = self._decided(own, others)
        if not with_counterfactuals or self.again is None:
            return decision
        prepared_again = self.again

        def decide(request: CreditRequest) -> CreditDecision:
            if request.application is None:
                # an order of another size: the model says the same
                one = dataclasses.replace(self, request=request)
            else:
                one = prepared_again(request)
            return one._decided(own, others)  # noqa: SLF001 - of its own kind

        self.expect(expected(self.request, decision))
        other = counterfactuals(self.request, decision, decide)
        return dataclasses.replace(decision, counterfactuals=other) if other else decision

    def _decided(self, own: Mapping[str, int], others: Mapping[str, int]) -> CreditDecision:
        account = self.account
        foreign = ({*own, *others} | {*account.foreign_currencies}) - {account.currency}
        account = dataclasses.replace(account, foreign_currencies=tuple(sorted(foreign)))
        here = account.currency
        account = account.with_reserved(own.get(here, 0), others.get(here, 0))
        return self.policy.decide(self.request, account, self.risk, self.flags, self.basis)
