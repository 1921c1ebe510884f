"""Who may decide what: by rung, amount, band, kind and day, alone or with another person."""

from __future__ import annotations

import itertools

import pytest

from payrisk.calendar import day_of
from payrisk.credit.deciding.delegation import (
    AuthorityQuestion,
    AuthorityReach,
    Delegation,
    MissingConfirmation,
    authority_question,
)
from payrisk.credit.deciding.overriding import BeyondAuthority, Override
from payrisk.errors import InputError

TABLE = """
[[rungs]]
title = "clerk"
people = ["Ann Lee", "Tim Roy"]
currency = "EUR"
alone_up_to = "10000.00"
together_up_to = "50000.00"
valid_from = 2026-01-01

[[rungs]]
title = "clerk, bad bands"
people = ["Ann Lee", "Tim Roy"]
currency = "USD"
alone_up_to = "1000.00"
bands = ["C", "D"]
kinds = ["order_release"]
valid_from = 2026-01-01
valid_until = 2026-06-30

[[rungs]]
title = "manager"
people = ["Bob Ray"]
currency = "EUR"
alone_up_to = "200000.00"
together_up_to = "1000000.00"
valid_from = 2026-01-01

[[deputies]]
of = "Bob Ray"
deputy = "Tim Roy"
valid_from = 2026-07-01
valid_until = 2026-07-14
"""
JUNE, JULY = day_of("2026-06-30"), day_of("2026-07-14")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "delegation.toml"
    path.write_text(TABLE)
    return Delegation.read(path)


def question(exposure=0, day=JUNE, kind="limit_review", band="B", currency="EUR"):
    return AuthorityQuestion(day, kind, band, currency, exposure)


def override(actor="Ann Lee", confirmed_by=None, outcome="approve", limit=None):
    return Override(
        "dec_1", outcome, "They pay in time.", actor, JULY + 30, "2026-07-14T08:00:00+00:00",
        limit=limit, confirmed_by=confirmed_by,
    )  # fmt: skip


def test_reach_is_that_of_the_rungs_that_fit_on_the_day(table):
    assert table.authority_reach("ann  LEE", question()) == AuthorityReach(1_000_000, 5_000_000)
    assert table.authority_reach("Bob Ray", question()) == AuthorityReach(20_000_000, 100_000_000)
    assert table.authority_reach("Nobody", question()) == AuthorityReach()
    assert table.authority_reach("Ann Lee", question(day=day_of("2025-12-31"))) == AuthorityReach()
    dollars = question(kind="order_release", band="D", currency="USD")
    assert table.authority_reach("Ann Lee", dollars) == AuthorityReach(100_000, 100_000)
    for elsewhere in (
        question(kind="limit_review", band="D", currency="USD"),
        question(kind="order_release", band="A", currency="USD"),
        question(kind="order_release", band="D", currency="USD", day=JUNE + 1),
        question(currency="GBP"),
    ):
        assert table.authority_reach("Ann Lee", elsewhere) == AuthorityReach()


def test_a_deputy_reaches_as_far_as_the_person_on_the_days_it_stands_in(table):
    for day, reach in ((JUNE, 1_000_000), (JUNE + 1, 20_000_000), (JULY, 20_000_000)):
        assert table.authority_reach("Tim Roy", question(day=day)).alone == reach
    assert table.authority_reach("Tim Roy", question(day=JULY + 1)).alone == 1_000_000
    assert table.authority_reach("Ann Lee", question(day=JULY)).alone == 1_000_000


def test_a_second_person_is_needed_beyond_what_one_may_decide_and_never_the_same_one(table):
    table.require(override(), question(1_000_000))
    with pytest.raises(MissingConfirmation):
        table.require(override(), question(1_000_001))
    table.require(override(confirmed_by="Tim Roy"), question(5_000_000))
    for beyond in (
        override(confirmed_by="ANN lee"),
        override(confirmed_by="Zoe Doe"),
    ):
        with pytest.raises(BeyondAuthority):
            table.require(beyond, question(5_000_000))
    for actor, second in itertools.product(("Ann Lee", "Zoe Doe"), (None, "Bob Ray")):
        with pytest.raises(BeyondAuthority):
            table.require(override(actor, second), question(5_000_001))


def test_who_grants_nothing_needs_no_rung(table):
    for outcome in ("refer", "decline"):
        table.require(override("Zoe Doe", outcome=outcome), question(10**12))


def test_the_exposure_is_the_whole_groups_once_the_decision_stands():
    account = {
        "open": 300, "orders": 20, "recourse": 5, "reserved": 7, "unapplied": 32, "foreign": 100,
        "group_exposure": 1_000,
    }  # fmt: skip
    decision = {
        "kind": "order_release",
        "risk": {"band": "C"},
        "limit": {"currency": "EUR", "granted": 700},
        "inputs": {"account": account, "order": {"amount": 50, "currency": "EUR"}},
    }
    asked = authority_question(decision, override(), JUNE)
    assert (asked.exposure, asked.band, asked.kind) == (
        300 + 100 + 50 + 1_000,
        "C",
        "order_release",
    )
    assert authority_question(decision, override(limit=900), JUNE).exposure == 900 + 1_000
    decision = decision | {"risk": None, "inputs": {"account": account}}
    asked = authority_question(decision, override(), JUNE)
    assert (asked.exposure, asked.band) == (700 + 1_000, "")
    assert authority_question(decision, override(limit=0), JUNE).exposure == 400 + 1_000


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"10000.00"', "10000.00"),
        ('"10000.00"', '"10000.001"'),
        ('"10000.00"', '"much"'),
        ('["Ann Lee", "Tim Roy"]', "[]"),
        ("valid_from = 2026-01-01", ""),
        ("title", "titel"),
        ("[[rungs]]", "[[rungs]"),
        ('"EUR"', '"euro"'),
    ],
)
def test_a_table_that_cannot_be_understood_is_named_and_grants_nothing(tmp_path, before, after):
    path = tmp_path / "delegation.toml"
    path.write_text(TABLE.replace(before, after, 1))
    with pytest.raises(InputError, match=r"delegation\.toml|is no amount"):
        Delegation.read(path)
