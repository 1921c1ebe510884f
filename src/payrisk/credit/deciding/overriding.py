"""An override: a person decides otherwise than the house did, says why and when to look again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args

from payrisk.calendar import day_of
from payrisk.credit.rules.decision import Outcome
from payrisk.errors import InputError
from payrisk.files import plain_value

LARGEST_LIMIT = 10**15
"""Minor units; no amount of a request is larger."""
SHORTEST_REASON = 10
LONGEST_REVIEW_DAYS = 731
NOBODY = frozenset({"", "admin", "anonymous", "api", "bot", "me", "root", "service", "system"})
"""Names under which no person can be found again."""


LATER = ("key_id", "confirmed_by", "confirming_key_id", "proposal_id")
"""Fields that are written only where they say something: earlier overrides have none."""


class OverrideRefusal(InputError):
    """An override that cannot be kept as it is; the sentence says what it lacks."""


class BeyondAuthority(OverrideRefusal):
    """A decision that is not this person's to take or to confirm."""


def person_key(name: str) -> str:
    """A person's name as it is compared: however it is spaced or capitalised.

    >>> person_key(" Ann  LEE ") == person_key("Ann Lee")
    True
    """
    return " ".join(name.split()).casefold()


@dataclass(frozen=True)
class Override:
    """What a person decided instead. Amounts in minor units; None leaves it as decided.

    reason: at least ten characters that say why. actor: who. review_on: day on which somebody
    looks at it again. made_at: ISO timestamp with its zone. key_id: of the key the actor decided
    with; confirmed_by, confirming_key_id, proposal_id: the second person, and what they confirmed.
    """

    decision_id: str
    outcome: Outcome
    reason: str
    actor: str
    review_on: int
    made_at: str
    limit: int | None = None
    terms_days: int | None = None
    key_id: str | None = None
    confirmed_by: str | None = None
    confirming_key_id: str | None = None
    proposal_id: str | None = None

    def validate(
        self, *, is_natural_person: bool = False, involved: tuple[str, ...] = ()
    ) -> Override:
        """The override itself if it can be kept; raises OverrideRefusal saying what it lacks.

        involved: those of us whose own dispute would let the order go (`disputing_colleagues`);
        lifting a block by a dispute needs a second person.

        For a natural person the actor must be a person's full name: the law wants one who
        looked at the case, not a team or a machine (GDPR Art. 22).
        """
        if self.outcome not in get_args(Outcome):
            raise OverrideRefusal(f"An outcome is one of {', '.join(get_args(Outcome))}.")
        letters = "".join(self.reason.split())
        if len(letters) < SHORTEST_REASON or len(set(letters.lower())) < 4:
            raise OverrideRefusal(
                f"Say why the decision is overridden in at least {SHORTEST_REASON} characters."
            )
        if self.actor.strip().lower() in NOBODY:
            raise OverrideRefusal("Name the person who overrides the decision as its actor.")
        same = self.actor.strip().lower() in {name.strip().lower() for name in involved}
        if same and self.outcome.startswith("approve"):
            raise OverrideRefusal(
                "Whoever opened or owns the dispute cannot lift the block by it: let a second"
                " person override the decision."
            )
        if is_natural_person and len(self.actor.split()) < 2:
            raise OverrideRefusal(
                "The decision is on a natural person: give the full name of the person who"
                " decides as the actor."
            )
        if not self.made_on < self.review_on <= self.made_on + LONGEST_REVIEW_DAYS:
            raise OverrideRefusal(
                f"Give a day after today, {self.made_at[:10]}, and within two years, on which the"
                " override is reviewed."
            )
        self._check_grants()
        return self

    def require_second_person(self) -> None:
        """Whether somebody else confirmed it; raises BeyondAuthority where they are the same."""
        if self.confirmed_by is None or person_key(self.confirmed_by) == person_key(self.actor):
            raise BeyondAuthority("Nobody confirms what they proposed; let another person do so.")

    @property
    def made_on(self) -> int:
        """The day on which it was made."""
        return day_of(self.made_at[:10])

    def _check_grants(self) -> None:
        if self.limit is not None and not 0 <= self.limit <= LARGEST_LIMIT:
            raise OverrideRefusal(
                f"An overriding limit must not be negative nor above {LARGEST_LIMIT} minor units"
                " (10,000,000,000,000.00 where these are cents)."
            )
        if self.terms_days is not None and not 0 <= self.terms_days <= 730:
            raise OverrideRefusal("Overriding terms must lie between 0 and 730 days.")
        if self.outcome in ("refer", "decline") and (self.limit or self.terms_days):
            raise OverrideRefusal("Only an approval grants a limit or terms; leave them out.")

    def to_json(self) -> dict[str, Any]:
        """Return plain values, the review day as an ISO date."""
        body: dict[str, Any] = plain_value(asdict(self))
        absent = [name for name in LATER if body[name] is None]
        return {name: value for name, value in body.items() if name not in absent}


def override_from_json(body: Mapping[str, Any]) -> Override:
    """The override that `Override.to_json` wrote."""
    names = [field.name for field in fields(Override) if field.name in body]
    return Override(
        **{name: body[name] for name in names} | {"review_on": day_of(body["review_on"])}
    )


def disputing_colleagues(decision: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of us whose disputes keep money out of what is overdue, where an order was decided.

    decision: the stored body of the decision; one of an earlier release names none.
    """
    account = decision["inputs"]["account"]
    if decision["kind"] != "order_release" or not account.get("excused"):
        return ()
    return tuple(account["disputed_by"])
