"""Whether an order's goods may leave as things stand: by the release, or by a person since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

CLEARANCES = {
    "all": "The goods may leave: %(amount)s, until %(ends_on)s.",
    "part": "A part of the goods may leave: %(amount)s, until %(ends_on)s; the rest is held.",
    "none": "The goods may not leave.",
    "ended": "The goods may not leave any more: the release ended on %(ends_on)s; ask again.",
    "allowed": "The goods may leave: %(amount)s, as %(decided_by)s decided.",
    "refused": "The goods may not leave, as %(decided_by)s decided.",
}
"""What is said at the gate, by code."""


@dataclass(frozen=True)
class Clearance:
    """What may leave of an order: minor units of `currency`, 0 where nothing may.

    code: of `CLEARANCES`. ends_on: the last day (ISO) of a release; decided_by: the person whose
    override counts; each None where the other decides, or nothing was released.
    """

    code: Literal["all", "part", "none", "ended", "allowed", "refused"]
    amount: int
    currency: str
    ends_on: str | None = None
    decided_by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def clearance_of(
    decision: Mapping[str, Any], overrides: Sequence[Mapping[str, Any]], today: str
) -> Clearance | None:
    """What may leave by a stored decision and its overrides (the last counts) on a day (ISO).

    An approval by a person lets the whole order go, a referral or refusal none of it. None for a
    decision that is not about an order, or that said nothing of its release.
    """
    order, release = decision["inputs"].get("order"), decision["release"]
    if order is None or release is None:
        return None
    if overrides:
        last = overrides[-1]
        may_leave = last["outcome"].startswith("approve")
        amount = order["amount"] if may_leave else 0
        code: Literal["allowed", "refused"] = "allowed" if may_leave else "refused"
        return Clearance(code, amount, order["currency"], decided_by=last["actor"])
    if release["action"] == "hold":
        return Clearance("none", 0, release["currency"])
    ends_on = release["expires_on"]
    if ends_on is not None and ends_on < today:
        return Clearance("ended", 0, release["currency"], ends_on)
    is_all = release["action"] == "release"
    return Clearance("all" if is_all else "part", release["amount"], release["currency"], ends_on)
