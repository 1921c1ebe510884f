"""The credit policy: the house's rules with a name and a hash, and how a decision follows."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Self

from pydantic import ValidationError, model_validator

from payrisk.credit.applicant.account import Account
from payrisk.credit.applicant.application import CreditRequest
from payrisk.credit.deciding.decide import decide
from payrisk.credit.rules.decision import CreditDecision, DecisionBasis, RedFlag
from payrisk.credit.rules.rules import CreditRules
from payrisk.credit.weighing.bust_out import BUST_OUT
from payrisk.credit.weighing.flags import CHECKS, FAR_ABOVE_CAPACITY, FOR_A_PERSON
from payrisk.errors import InputError
from payrisk.predictions import DefaultRisk

HOUSE = Path(__file__).parents[1] / "policies" / "house.toml"

FLAGS = (*CHECKS, FAR_ABOVE_CAPACITY, BUST_OUT)
"""Every red flag a policy may name."""


class CreditPolicy(CreditRules):
    """What the house grants, versioned by `id` and the hash of its text (`CreditPolicy.read`)."""

    @model_validator(mode="after")
    def _knows_its_flags(self) -> Self:
        if set(self.flags) - set(FLAGS):
            raise ValueError(f"flags are among {', '.join(FLAGS)}")
        for code in FOR_A_PERSON:
            if code in self.flags and self.flags[code].asks_for not in ("refer", "decline"):
                raise ValueError(f"the flag {code} may only refer or decline")
        return self

    @classmethod
    def read(cls, path: Path = HOUSE) -> CreditPolicy:
        """Read a policy file (TOML). Raises InputError naming the first entry it cannot use."""
        try:
            text = path.read_bytes()
            data = tomllib.loads(text.decode())
            bands, insurers = (tuple(data.pop(name, ())) for name in ("bands", "insurers"))
            return cls(
                **data, bands=bands, insurers=insurers, sha=hashlib.sha256(text).hexdigest()
            )
        except OSError as error:
            raise InputError(
                f"The policy {path} cannot be read ({error.strerror}); check the path."
            ) from None
        except (ValueError, TypeError) as error:
            where, what = _first_fault(error)
            raise InputError(
                f"The policy {path} cannot be used: {where}{what.removesuffix('.')}; write it"
                f" as the shipped policy does, {HOUSE}."
            ) from None

    def decide(
        self,
        request: CreditRequest,
        account: Account,
        risk: DefaultRisk | None,
        flags: tuple[RedFlag, ...],
        basis: DecisionBasis,
    ) -> CreditDecision:
        """Decide a request from what is known; see `payrisk.credit.deciding.decide`.

        Without a risk the outcome is `refer`, always.
        """
        return decide(self, request, account, risk, flags, basis)


def _first_fault(error: ValueError | TypeError) -> tuple[str, str]:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        # what a later release asks for is missing in the file of an earlier one
        what = "the entry is missing" if first["type"] == "missing" else first["msg"]
        return ".".join(str(part) for part in first["loc"]) + " – ", what
    return "", str(error)
