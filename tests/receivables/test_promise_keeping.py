"""How likely promises are kept: as many as come, and nothing recorded later tells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import day_of
from payrisk.ledger import Ledger
from payrisk.receivables.agreements.promise_keeping import PromiseKeeping
from payrisk.receivables.agreements.promises import KEPT_SHARE, promises
from payrisk.simulate import World, simulate
from support.ledgers.by_hand import credit, event, invoice, ledger, link


@pytest.fixture(scope="module")
def made():
    world = World(has_binding_promises=True, promise_share=0.7)
    return simulate(120, 24, 5, world=world)


@pytest.fixture(scope="module")
def company(made):
    return Ledger.from_tables(made.tables)[0]


def mornings(company):
    return range(company.last_day - 240, company.last_day - 60, 30)


def test_chances_are_those_that_come_and_beat_the_share_kept_so_far(company):
    after = promises(company.as_of(company.last_day + 1)).set_index("event_row")
    said, usual, came = [], [], []
    for as_of in mornings(company):
        history = company.as_of(as_of)
        every = promises(history)
        keeping = PromiseKeeping.of(history, every)
        waits = every[every["state"] == "pending"]
        then = after.reindex(waits["event_row"])
        said.append(keeping.still_kept(waits, as_of))
        usual.append(np.full(len(waits), keeping.n_kept / keeping.n))
        came.append((then["received"] >= KEPT_SHARE * then["promised"]).to_numpy(float))
    said, usual, came = (np.concatenate(parts) for parts in (said, usual, came))
    error = 3 * np.sqrt((said * (1 - said)).sum())
    assert abs((said - came).sum()) < error
    high = said > np.median(said)
    assert abs((said - came)[high].sum()) < error
    assert abs((said - came)[~high].sum()) < error
    assert ((said - came) ** 2).mean() < 0.85 * ((usual - came) ** 2).mean()


def test_nothing_recorded_later_tells(company):
    as_of = company.last_day - 100
    cut = {
        name: table[table["recorded_on"] < as_of].reset_index(drop=True)
        if "recorded_on" in table
        else table
        for name, table in company.tables.items()
    }
    before, after = (
        PromiseKeeping.of(one.as_of(as_of)) for one in (Ledger.from_tables(cut)[0], company)
    )
    assert before.n == after.n > 100
    assert before.usual == after.usual
    pd.testing.assert_series_equal(before.of_customer, after.of_customer, check_exact=True)
    assert (before.around == after.around).all()
    assert (before.unbooked == after.unbooked).all()


def test_waiting_speaks_against_a_promise_until_none_is_left(company):
    history = company.as_of(company.last_day - 100)
    every = promises(history)
    keeping = PromiseKeeping.of(history, every)
    one = every[(every["invoice_row"] >= 0).to_numpy()].tail(1)
    day, made_on = int(one["promised_on"].iloc[0]), int(one["made_on"].iloc[0])
    chances = [keeping.still_kept(one, t)[0] for t in range(made_on, day + 40)]
    assert chances[0] == pytest.approx(keeping.probability(one)[0])
    assert (np.diff(chances) <= 1e-12).all()
    assert chances[-1] < 0.01


def test_without_promises_that_are_over_the_chance_is_the_stated_one():
    told = ledger(
        invoices=[invoice()],
        events=[event("promise", "A", "2025-02-03", subject_kind="invoice",
                      refers_on="2025-02-20")],
    )  # fmt: skip
    history = told.as_of(day_of("2025-02-10"))
    keeping = PromiseKeeping.of(history)
    assert keeping.n == 0
    assert "60%" in keeping.sentence
    assert 0.5 < keeping.probability(promises(history))[0] < 0.6


def test_a_promise_names_its_channel_and_the_day_it_was_kept():
    told = ledger(
        invoices=[invoice()],
        credits=[credit("P", 98_00, "2025-02-18")],
        allocations=[link("P", "A", 98_00, "2025-02-18")],
        events=[event("promise", "A", "2025-02-03", subject_kind="invoice",
                      refers_on="2025-02-20", channel="e-mail")],
    )  # fmt: skip
    one = promises(told.as_of(day_of("2025-03-10"))).iloc[0]
    assert one["channel"] == "e-mail"
    assert one["n_before"] == 0
    assert one["kept_on"] == day_of("2025-02-18")
    assert one["owed"] == 100_00
