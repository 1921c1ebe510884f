"""Exposure, overdue and headroom of every customer equal a plain reading of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from payrisk.answers import Answers
from payrisk.answers.customers import customer_view
from payrisk.credit import CreditRequest
from payrisk.receivables.rollforward import rollforward
from support.company.whole import SEEDS, WholeCompany, whole_company
from support.full import FULL
from support.plain.exposures import PlainExposure, PlainReading
from support.plain.files import PlainFacts
from support.plain.messes import plant
from support.plain.sums import LINES, reconciles, sum_lines

EVERY = 1 if FULL else 4
"""Every so many of the 24 mornings."""

CUSTOMERS, MONTHS = 24, 18


@pytest.fixture(scope="module")
def company_of(tmp_path_factory) -> Callable[[int], WholeCompany]:
    """The company of a seed, made once; every second one has messes that no simulation makes."""

    @cache
    def made(seed: int) -> WholeCompany:
        folder = tmp_path_factory.mktemp(f"company-{seed}")
        if seed % 2:
            return whole_company(seed, folder, customers=CUSTOMERS, months=MONTHS)
        return whole_company(seed, folder, customers=CUSTOMERS, months=MONTHS, plant=plant)

    return made


@pytest.fixture(params=SEEDS if FULL else SEEDS[:2])
def company(request, company_of) -> WholeCompany:
    return company_of(request.param)


@pytest.fixture
def messy(company_of) -> WholeCompany:
    return company_of(SEEDS[1])


ANSWERED: dict[tuple[int, int], dict[str, PlainExposure]] = {}


def answered(company: WholeCompany, as_of: int) -> dict[str, PlainExposure]:
    """What the house answers of every customer it knows, asked once."""
    if (out := ANSWERED.get((company.seed, as_of))) is not None:
        return out
    answers = Answers(company.ledger, {}, policy=company.policy)
    out = ANSWERED[company.seed, as_of] = {}
    residuals = answers.aging(as_of=as_of).by("customer_id", "currency")
    settled = dict(
        zip(
            zip(residuals["customer_id"], residuals["currency"], strict=True),
            residuals["settled_residuals"],
            strict=True,
        )
    )
    for customer in answers.customer_names(as_of):
        view = customer_view(
            answers.prepare_decision(CreditRequest(customer_id=customer), as_of=as_of)
        )
        exposure, currency = view["exposure"], view["currency"]
        out[customer] = PlainExposure(
            currency,
            exposure["open"],
            int(settled.get((customer, currency), 0)),
            view["behaviour"]["overdue"],
            *(exposure[name] for name in ("unapplied", "orders", "recourse", "total")),
            *(exposure[name] for name in ("insured", "own_risk", "headroom", "limit")),
        )
    return out


def differing(
    company: WholeCompany, mornings: tuple[int, ...], reading: type[PlainReading] = PlainReading
) -> Iterator[tuple[Any, ...]]:
    """Customers of which any figure differs on a morning."""
    facts = PlainFacts(company.folder)
    for as_of in mornings:
        plain, ours = reading(facts, as_of).exposures(), answered(company, as_of)
        for customer in sorted({*plain, *ours}):
            if plain.get(customer) != ours.get(customer):
                yield as_of, customer, plain.get(customer), ours.get(customer)


def test_every_figure_of_every_customer_equals_the_plain_reading(company):
    assert list(differing(company, company.mornings[::EVERY])) == []


def test_no_figure_is_only_ever_nothing(messy):
    rows = [e for day in messy.mornings[::4] for e in answered(messy, day).values()]
    for name, *values in zip(PlainExposure.__annotations__, *map(astuple, rows), strict=True):
        assert sum(bool(value) for value in values) > 3, name


def test_the_sum_line_reconciles_and_equals_the_rollforward(company):
    facts = PlainFacts(company.folder)
    last = company.ledger.default_as_of
    days = (company.ledger.first_day - 1, *company.mornings[::EVERY])
    for begins, ends in pairwise(days):
        for known_before in {ends, last}:
            plain = sum_lines(facts, begins - 1, ends - 1, known_before)
            assert reconciles(plain)
            rows = rollforward(company.ledger, begins - 1, ends - 1, known_before).rows
            ours = {(row["entity_id"], row["currency"]): row for row in rows.to_dict("records")}
            assert plain.keys() <= ours.keys()
            for key, row in ours.items():
                lines = plain.get(key) or dict.fromkeys(LINES, 0)  # nobody there yet
                assert lines == {name: row[name] for name in lines}, (key, begins, ends)
                assert row["difference"] == row["interest"] == 0


def test_what_is_open_is_what_is_owed_and_the_settled_residuals(company):
    """By entity and currency, as the aging of the morning says."""
    answers = Answers(company.ledger, {}, policy=company.policy)
    facts = PlainFacts(company.folder)
    for as_of in company.mornings[:: EVERY * 2]:
        table = answers.aging(as_of=as_of).by("entity_id", "currency")
        ours = {(row["entity_id"], row["currency"]): row for row in table.to_dict("records")}
        plain = sum_lines(facts, as_of - 1, as_of - 1, as_of)
        reading = PlainReading(facts, as_of)
        for key, row in ours.items():
            rows = [
                each
                for each in reading.books.standings
                if (each.row["entity_id"], each.row["currency"]) == key
            ]
            owed = sum(each.residual for each in rows if reading.is_owed(each))
            assert plain[key]["open"] == row["open"] == owed + row["settled_residuals"]


class _ReversedSign(PlainReading):
    def gross(self, customer):
        free = self.sums[customer]["unapplied"]
        return {
            name: cents + 2 * free.get(name, 0) for name, cents in super().gross(customer).items()
        }


class _SettledResidual(PlainReading):
    def is_owed(self, standing):
        return super().is_owed(standing) or (standing.is_settled and standing.residual > 0)


class _ExpiredCover(PlainReading):
    def ends_on(self, customer, day):
        return self.as_of


class _NeverStopped(PlainReading):
    def is_stopped(self, customer, day):
        return False


class _CoverOfToday(PlainReading):
    def of_cover(self, customer, name, day):
        return self.attribute(customer, name, self.evening)


class _WholeDisputes(PlainReading):
    def excused(self, standing):
        return standing.residual if standing.disputed or standing.has_doubt else 0


class _EndlessRecourse(PlainReading):
    def is_recourse(self, standing):
        return standing.recourse and not standing.is_settled


class _AloneInItsGroup(PlainReading):
    def others(self, customer, members, currency):
        return 0


class _KnownTooEarly(PlainReading):
    def __init__(self, facts, as_of):
        super().__init__(facts, as_of + 1)


class _OrdersInNoCurrency(PlainReading):
    """Orders of customers that are billed in two currencies fall out."""

    def gross(self, customer):
        return {self.usual[customer]: super().gross(customer).get(self.usual[customer], 0)}


MUTANTS = [
    _ReversedSign,
    _SettledResidual,
    _ExpiredCover,
    _NeverStopped,
    _CoverOfToday,
    _WholeDisputes,
    _EndlessRecourse,
    _AloneInItsGroup,
    _KnownTooEarly,
    _OrdersInNoCurrency,
]


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_planted_mutant_is_caught(messy, mutant):
    assert any(differing(messy, messy.mornings[::4], mutant))
