"""A plan walked from its balances: every cent in one line, entities apart, pools declared."""

from __future__ import annotations

import numpy as np
import pytest

from payrisk.answers.cash.liquidity_ahead import liquidity_ahead
from payrisk.answers.cash.needs_at_risk import needs_at_risk
from payrisk.calendar import iso
from payrisk.cash.liquidity.plans import plan_from_rows
from payrisk.cash.liquidity.pools import pools_from_rows
from payrisk.cash.views.liquidity import CashRequirement
from payrisk.errors import InputError
from support.company.receiving import receiving, receiving_ledger

NEVER = 2**31 - 1


@pytest.fixture(scope="module")
def ledger():
    return receiving_ledger()


@pytest.fixture(scope="module")
def receipts(ledger):
    return receiving(ledger)


def plan(as_of, *lines):
    columns = ("kind", "on", "entity_id", "currency", "amount", "account", "source")
    rows = [dict(zip(columns, line, strict=False)) for line in lines]
    return plan_from_rows([{**row, "on": iso(as_of + row["on"])} for row in rows])


def lines_of(receipts):
    return plan(
        receipts.cash.as_of,
        ("opening", -3, "DE01", "EUR", "12000.00", "one", "bank"),
        ("opening", -3, "DE01", "EUR", "-2000.00", "two", "bank"),
        ("outflow", -2, "DE01", "EUR", "500.00"),
        ("outflow", 9, "DE01", "EUR", "30000.00"),
        ("inflow", 4, "DE01", "EUR", "1000.00"),
        ("minimum", 5, "DE01", "EUR", "1000.00"),
        ("need", 20, "DE01", "EUR", "20000.00"),
        ("outflow", 7, "DE01", "PLN", "100000.00"),
    )


@pytest.fixture(scope="module")
def ahead(receipts):
    return liquidity_ahead(receipts.outlook, lines_of(receipts))


def test_opening_and_flows_make_the_closing_of_every_bucket(ahead):
    walk = ahead.walk
    receipts = walk[["open_invoices", "not_yet_issued", "booked_before"]].sum(axis=1)
    closing = walk["opening"] + receipts + walk["inflows"] - walk["outflows"]
    assert (closing == walk["closing"]).all()
    for _, rows in walk.groupby(["holder", "currency"]):
        assert (rows["opening"].to_numpy()[1:] == rows["closing"].to_numpy()[:-1]).all()
    assert (walk["p05"] <= walk["p10"]).all()
    assert (walk["p10"] <= walk["p90"]).all()


def test_without_a_balance_it_is_a_net_flow(ahead):
    measures = ahead.walk.groupby("currency")["measure"].unique().to_dict()
    assert {name: list(each) for name, each in measures.items()} == {
        "EUR": ["position"],
        "PLN": ["net flow"],
    }
    assert any(note.startswith("Net flow, not a position") for note in ahead.notes)


def test_the_balance_is_brought_forward_by_booked_cash_read_plainly(ledger, receipts, ahead):
    as_of, credits = receipts.cash.as_of, ledger.tables["credits"]
    known = credits[(credits["recorded_on"] < as_of) & (credits["happened_on"] < as_of)]
    known = known[(known["entity_id"] == "DE01") & (known["currency"] == "EUR")]
    known = known[known["kind"].isin(["payment", "recovery"])]
    value = known["value_on"].where(known["value_on"] < NEVER, known["happened_on"])
    events = ledger.tables["events"]
    events = events[(events["kind"] == "reversal") & (events["recorded_on"] < as_of)]
    assert (events["happened_on"] < as_of).all()
    events = events[(events["subject_kind"] == "credit").to_numpy()]
    amount = known.set_index("credit_id")["amount"]
    back = events.assign(cents=events["amount"].fillna(events["subject"].map(amount)))
    back = back.groupby("subject")["cents"].sum().reindex(known["credit_id"]).fillna(0).to_numpy()
    net = (known["amount"] - back).astype("int64")
    since = int(net[(value > as_of - 3) & (value < as_of)].sum())
    coming = int(net[value >= as_of].sum())
    lines = ahead.lines[ahead.lines["currency"] == "EUR"].groupby("line")["amount"].sum()
    assert lines.get("booked_since", 0) == since
    assert lines.get("booked_value_to_come", 0) == coming
    first = ahead.walk[ahead.walk["currency"] == "EUR"].iloc[0]
    assert first["opening"] == 1_200_000 - 200_000 - 50_000 + since
    counted = ahead.lines[ahead.lines["counted"].to_numpy(bool)]
    assert counted.loc[counted["currency"] == "EUR", "amount"].sum() == first["opening"]


def test_an_old_balance_is_named_in_every_row_and_nothing_is_verified(receipts):
    as_of = receipts.cash.as_of
    allowed = receipts.outlook.answers.policy.stale_ledger_days
    of_days = {}
    for days in (allowed + 1, allowed + 2):
        opening = ("opening", -days, "DE01", "EUR", "150000.00", "a", "bank")
        lines = plan(as_of, opening, ("outflow", 9, "DE01", "EUR", "30000.00"))
        of_days[days] = liquidity_ahead(receipts.outlook, lines)
    fresh, old = of_days.values()
    assert set(fresh.walk["measure"]) == {"position"}
    assert not any("stale" in note for note in (*fresh.notes, fresh.verified))
    for table in (old.walk, old.headroom):
        assert set(table["measure"]) == {"stale position"}
    assert old.headroom["opening_on"].tolist() == [as_of - allowed - 2]
    assert old.verified.startswith("not verified")
    assert f"{allowed + 1} days old: stale" in old.verified
    assert "stale" in old.notes[0]


def test_a_pool_is_as_old_as_its_oldest_balance(receipts):
    pools = pools_from_rows(
        [
            {"pool": "all", "pool_currency": "EUR", "entity_id": "DE01", "currency": name,
             "rate": "1", "rate_on": "2025-01-01"}
            for name in ("EUR", "PLN")
        ]
    )  # fmt: skip
    lines = plan(
        receipts.cash.as_of,
        ("opening", -1, "DE01", "EUR", "1000.00", "a", "bank"),
        ("opening", -400, "DE01", "PLN", "2000.00", "b", "bank"),
    )
    head = liquidity_ahead(receipts.outlook, lines, pools).headroom.set_index(
        ["holder", "currency"]
    )
    assert head["measure"].tolist() == ["position", "stale position", "stale position"]
    assert head.loc[("all", "EUR"), "opening_on"] == receipts.cash.as_of - 400


def test_a_plan_of_which_nothing_lies_ahead_is_no_good_news(receipts):
    as_of = receipts.cash.as_of
    opening = ("opening", -1, "DE01", "EUR", "1000.00", "a", "bank")
    gone = ("outflow", -20, "DE01", "EUR", "30000.00")
    said = {
        name: liquidity_ahead(receipts.outlook, plan(as_of, opening, gone, *more))
        for name, more in {"gone": (), "floor": (("minimum", -20, "DE01", "EUR", "1.00"),)}.items()
    }
    assert said["gone"].headroom["has_claims"].tolist() == [False]
    assert any(note.startswith("Nothing that goes out") for note in said["gone"].notes)
    assert any(note.startswith("1 line of the plan before") for note in said["gone"].notes)
    assert said["floor"].headroom["has_claims"].tolist() == [True]
    assert not any(note.startswith("Nothing that goes out") for note in said["floor"].notes)


def test_the_bucket_that_the_horizon_cuts_short_is_named(receipts):
    lines = plan(receipts.cash.as_of, ("outflow", 9, "DE01", "EUR", "30000.00"))
    walk = liquidity_ahead(receipts.outlook, lines, grain="quarter").walk
    last = receipts.cash.as_of + receipts.cash.horizon_days - 1
    assert walk["ends_on"].tolist()[-1] == last
    assert walk["is_partial"].tolist()[-1]


def test_needs_and_the_worst_path(ahead):
    needs = ahead.needs[ahead.needs["currency"] == "EUR"]
    assert needs["need"].tolist()[-1] in (100_000, 2_000_000)
    assert (needs["headroom"] == needs["expected"] - needs["need"]).all()
    head = ahead.headroom.set_index("currency").loc["EUR"]
    assert head["probability_short"] >= needs["probability_below"].max()
    assert head["worst_headroom"] <= head["least_headroom_p10"] <= head["least_headroom_p50"]


def test_what_the_shortfall_hangs_on_is_counted_draw_by_draw(receipts, ahead):
    needs = ahead.needs[ahead.needs["currency"] == "EUR"]
    riskiest = needs.loc[needs["probability_below"].idxmax()]
    assert 0 < riskiest["probability_below"] < 1
    rows = ahead.hinges[ahead.hinges["currency"] == "EUR"]
    assert len(rows)
    assert rows["effect"].is_monotonic_decreasing
    assert (rows["if_paid"] <= rows["probability_below"]).all()
    assert (rows["if_not"] >= rows["probability_below"]).all()
    assert np.allclose(rows["gain"], rows["probability_below"] - rows["if_paid"])
    open_ = receipts.cash.invoices.set_index("invoice_id")
    assert (open_.loc[rows["invoice_id"], "entity_id"] == "DE01").all()


def test_a_pool_is_the_sum_of_its_members_less_what_is_trapped(receipts):
    pools = pools_from_rows(
        [
            {"pool": "all", "pool_currency": "EUR", "entity_id": "DE01", "currency": "EUR"},
            {"pool": "all", "pool_currency": "EUR", "entity_id": "DE01", "currency": "PLN",
             "trapped": "400.00", "rate": "0.25", "rate_on": "2025-01-01"},
        ]
    )  # fmt: skip
    as_of = receipts.cash.as_of
    lines = plan(
        as_of,
        ("opening", -1, "DE01", "EUR", "1000.00", "a", "bank"),
        ("opening", -1, "DE01", "PLN", "2000.00", "b", "bank"),
        ("need", 10, "all", "EUR", "900.00"),
    )
    ahead = liquidity_ahead(receipts.outlook, lines, pools)
    pool = ahead.walk[ahead.walk["holder"] == "all"].iloc[0]
    assert pool["opening"] == 100_000 + round((200_000 - 40_000) * 0.25)
    members = ahead.walk[ahead.walk["holder"] == "DE01"].set_index(["currency", "starts_on"])
    week = ahead.walk[ahead.walk["holder"] == "all"].iloc[1]
    eur, pln = (members.loc[(name, week["starts_on"])] for name in ("EUR", "PLN"))
    own_group = receipts.outlook.related_customers
    if not own_group:
        both = eur["open_invoices"] + 0.25 * pln["open_invoices"]
        assert week["open_invoices"] == pytest.approx(both, abs=2)
    assert ahead.members["rate"].tolist() == [1.0, 0.25]
    assert ahead.needs["holder"].tolist() == ["all"]


def test_money_of_several_entities_is_not_one_by_itself(receipts):
    in_euro = receipts.cash.invoices.groupby("currency")["entity_id"].nunique()
    day = receipts.cash.as_of + 20
    several = [name for name, n in in_euro.items() if n > 1]
    for currency in several:
        with pytest.raises(InputError, match="declare a pool"):
            needs_at_risk(receipts, [CashRequirement(currency, day, 100)])
    need = CashRequirement("EUR", day, 10**9, "DE01")
    row = needs_at_risk(receipts, [need]).iloc[0]
    assert (row["entity_id"], row["layer"], row["probability_below"]) == (
        "DE01",
        "all_receipts",
        1,
    )
    alone = needs_at_risk(receipts, [need], "open").iloc[0]
    assert alone["expected"] < row["expected"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (("opening", -1, "DE01", "EUR", "1.00", "", "bank"), "without its account"),
        (("opening", -1, "DE01", "EUR", "1.00", "a", ""), "without its source"),
        (("gift", 1, "DE01", "EUR", "1.00"), "of kind 'gift'"),
        (("outflow", 1, "DE01", "EUR", "-1.00"), "above 0"),
        (("outflow", 1, "DE01", "EUR", "1.000"), "no amount"),
        (("outflow", 1, "", "EUR", "1.00"), "has no entity_id"),
    ],
)
def test_a_line_that_says_too_little_is_refused(receipts, line, why):
    with pytest.raises(InputError, match=why):
        plan(receipts.cash.as_of, line)


def test_balances_of_two_evenings_or_of_a_day_to_come_are_refused(receipts):
    as_of = receipts.cash.as_of
    for days in ((-1, -2), (0, 0)):
        lines = plan(
            as_of,
            ("opening", days[0], "DE01", "EUR", "1.00", "a", "bank"),
            ("opening", days[1], "DE01", "EUR", "1.00", "b", "bank"),
        )
        with pytest.raises(InputError, match="one evening|not over"):
            liquidity_ahead(receipts.outlook, lines)
    with pytest.raises(InputError, match="knows no entity 'XX'"):
        liquidity_ahead(receipts.outlook, plan(as_of, ("need", 3, "XX", "EUR", "1.00")))
