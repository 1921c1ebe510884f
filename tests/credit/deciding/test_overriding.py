"""An override says who, why and when to look again, or is not kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.calendar import day_of
from payrisk.credit.deciding.overriding import Override, disputing_colleagues
from payrisk.errors import InputError

MADE = Override(
    "dec_1",
    "approve",
    "The parent's letter of comfort covers it.",
    "Erika Muster",
    day_of("2025-09-01"),
    "2025-06-02T08:30:00+00:00",
    limit=500_000,
    terms_days=30,
)


def test_a_whole_override_is_kept_as_it_is():
    assert MADE.validate() is MADE
    said = MADE.to_json()
    assert (said["review_on"], said["limit"], said["actor"]) == (
        "2025-09-01",
        500_000,
        "Erika Muster",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": "  ok  "}, "at least 10"),
        ({"reason": "..........."}, "at least 10"),
        ({"actor": " System "}, "Name the person"),
        ({"review_on": day_of("2025-06-02")}, "after today, 2025-06-02"),
        ({"review_on": day_of("2028-06-02")}, "two years"),
        ({"outcome": "maybe"}, "one of approve"),
        ({"limit": -1}, "negative"),
        ({"limit": 10**15 + 1}, "nor above"),
        ({"terms_days": 731}, "730"),
        ({"outcome": "decline"}, "Only an approval"),
    ],
)
def test_what_is_lacking_is_said(change, said):
    with pytest.raises(InputError, match=said):
        replace(MADE, **change).validate()


def test_a_natural_person_needs_a_named_human():
    assert MADE.validate(is_natural_person=True) is MADE
    with pytest.raises(InputError, match="full name"):
        replace(MADE, actor="credit-team").validate(is_natural_person=True)


def test_a_block_is_not_lifted_by_whoever_opened_or_owns_the_dispute():
    account = {"excused": 400_000, "disputed_by": ["erika muster"]}
    body = {"kind": "order_release", "inputs": {"account": account}}
    involved = disputing_colleagues(body)
    with pytest.raises(InputError, match="second person"):
        MADE.validate(involved=involved)
    other = replace(MADE, actor="Max Beispiel")
    assert other.validate(involved=involved) is other
    held = replace(MADE, outcome="refer", limit=None, terms_days=None)
    assert held.validate(involved=involved) is held
    assert disputing_colleagues({"kind": "order_release", "inputs": {"account": {}}}) == ()
