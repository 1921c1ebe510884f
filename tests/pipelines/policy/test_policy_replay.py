"""A policy replayed: each application as of its own morning, counted against what came of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from payrisk.answers import Answers
from payrisk.calendar import day_of
from payrisk.credit import CreditPolicy
from payrisk.credit.deciding.policy import HOUSE
from payrisk.errors import InputError
from payrisk.ledger import Ledger
from payrisk.simulate import simulate
from payrisk_pipelines.policy.policy_replay import CANDIDATE, CURRENT, THEN, replay
from payrisk_pipelines.policy.replay_figures import compare_figures, draw_weights
from support.company.five_customers import Fitted, NamedRisks, SameApplicants
from support.ledgers.by_hand import invoice, ledger

FIELDS = {
    "currency": "EUR",
    "country": "DE",
    "is_natural_person": False,
    "turnover": 400_000_000,
    "net_worth": 90_000_000,
    "requested_limit": 2_000_000,
    "expected_monthly_sales": 1_000_000,
    "years_trading": 9.0,
    "bureau_score": 600,
    "n_references": 2,
    "email_domain": "own",
    "has_vat": True,
    "has_website": True,
}


CARD = {"as_of": "2025-05-01", "verdict": {"outcome": "passed"}}
"""Of models that have seen what became of every application here."""


def applied(name: str, customer: str | None, on: str, decision: str, **fields) -> dict:
    return {
        "application_id": name,
        "customer_id": customer,
        "applied_on": day_of(on),
        "fields": json.dumps(FIELDS | fields),
        "decision": decision,
        "outcome": None if customer is None else "onboarded",
        "recorded_on": day_of(on),
    }


@pytest.fixture(scope="module")
def answers() -> Answers:
    """c1 pays, c2 never does; a third was refused; one came before the books, one is broken."""
    one = ledger(
        customers=[
            {"customer_id": name, "recorded_on": "2024-01-01"} for name in ("c0", "c1", "c2")
        ],
        invoices=[
            invoice("Z", 100, customer_id="c0", issued_on="2024-01-02", due_on="2024-01-10"),
            invoice("A", 700_000, issued_on="2024-03-01", due_on="2024-03-31"),
            invoice("B", 900_000, customer_id="c2", issued_on="2024-03-01", due_on="2024-03-31"),
            invoice("C", 50_000, issued_on="2025-08-01", due_on="2025-08-31"),
        ],
        credits=[
            {
                "credit_id": "p", "customer_id": "c1", "happened_on": "2024-03-30",
                "currency": "EUR", "amount": 700_000,
            },
        ],
        allocations=[
            {"credit_id": "p", "invoice_id": "A", "amount": 700_000, "recorded_on": "2024-03-30"},
        ],
        applications=[
            applied("a0", None, "2023-12-31", "approve"),
            applied("a1", "c1", "2024-02-01", "approve"),
            applied("a2", "c2", "2024-02-01", "approve", has_website=False, net_worth=-5),
            applied("a3", None, "2024-02-05", "decline"),
            applied("a4", None, "2024-02-06", "decline") | {"fields": "{"},
        ],
        attributes=[
            {
                "customer_id": name, "name": "limit", "value": "1500000",
                "valid_on": "2024-02-10", "recorded_on": "2024-02-10",
            }
            for name in ("c1", "c2")
        ],
    )  # fmt: skip
    models = {
        "default-risk": Fitted(NamedRisks(house=0.02), card=CARD),
        "new-customer": Fitted(SameApplicants(0.02), card=CARD),
    }
    return Answers(one, models, ledger_sha="x")


def strict(tmp_path: Path) -> CreditPolicy:
    path = tmp_path / "strict.toml"
    text = HOUSE.read_text(encoding="utf-8")
    text = text.replace('id = "house-3"', 'id = "strict"')
    text = text.replace('[flags.negative_net_worth]\nasks_for = "prepay"', (
        '[flags.negative_net_worth]\nasks_for = "decline"'
    ))  # fmt: skip
    path.write_text(text, encoding="utf-8")
    return CreditPolicy.read(path)


def test_the_figures_worked_by_hand(answers, tmp_path):
    found = replay(answers, strict(tmp_path), since=day_of("2023-01-01"))
    counts = found.counts().set_index("policy")
    assert found.rows["application_id"].tolist() == ["a1", "a2", "a3"]
    assert counts["n"].tolist() == [3, 3, 3]
    assert counts.loc[THEN, ["approve", "decline", "n_defaults"]].tolist() == [2, 1, 1]
    assert counts.loc[CANDIDATE, "decline"] == 1
    assert counts.loc[CANDIDATE, ["n_seen", "n_defaults"]].tolist() == [1, 0]
    assert counts.loc[CANDIDATE, "n_taken_unseen"] == 1
    money = found.money().set_index("policy")
    assert money.loc[THEN, ["limits", "lost", "sold"]].tolist() == [3_000_000, 900_000, 1_600_000]
    # the candidate takes c1 (and a3, whom nobody saw), and gives up what c2 bought
    assert money.loc[CANDIDATE, ["lost", "sold", "sold_to_refused"]].tolist() == [
        0, 700_000, 900_000,
    ]  # fmt: skip


def test_what_cannot_be_known_is_said(answers, tmp_path):
    told = " ".join(replay(answers, strict(tmp_path), since=day_of("2023-01-01")).caveats())
    assert "Refused then: 1 of 3. Nobody saw" in told
    assert "this policy takes 1 of them" in told
    assert "trained as of 2025-05-01" in told
    assert "1 left out: the ledger began only later." in told
    assert "1 left out: their fields cannot be read." in told


def test_the_policy_in_force_is_not_beside_itself(answers):
    found = replay(answers, answers.policy, since=day_of("2024-01-03"))
    assert found.counts()["policy"].tolist() == [THEN, CURRENT]
    json.dumps(found.to_json(), allow_nan=False)


def test_no_application_is_a_sentence(answers):
    with pytest.raises(InputError, match="no application since 2025-01-01"):
        replay(answers, answers.policy, since=day_of("2025-01-01"))
    with pytest.raises(InputError, match="None of the 1 applications"):
        replay(answers, answers.policy, since=day_of("2024-02-06"))


def test_facts_recorded_later_change_no_replayed_decision():
    ledger_ = Ledger.from_tables(simulate(60, 18, 4).tables)[0]
    cut = ledger_.last_day - 120
    tables = {
        name: table if name == "customers" else table[table["recorded_on"] < cut]
        for name, table in ledger_.tables.items()
    }
    early = Ledger.from_tables(tables)[0]
    champions = {"default-risk": Fitted(NamedRisks(house=0.03))}
    since = ledger_.first_day
    full, part = (
        replay(Answers(one, champions, ledger_sha="x"), CreditPolicy.read(), since=since).rows
        for one in (ledger_, early)
    )
    columns = ["application_id", "current", "current_limit", "decided_then"]
    full = full[full["application_id"].isin(part["application_id"])]
    pd.testing.assert_frame_equal(
        full[columns].reset_index(drop=True), part[columns].reset_index(drop=True)
    )


def test_lost_sold_cash_and_dso_worked_by_hand(answers, tmp_path):
    found = replay(answers, strict(tmp_path), since=day_of("2023-01-01"))
    table = found.figures()
    assert set(table["period"]) == {"in-sample (before 2025-05-01)"}
    value = table.set_index(["policy", "figure"])["value"]
    # A: 700,000 billed on 1 March 2024 and paid on the 30th; B: 900,000 open for a whole year
    assert value[THEN].tolist() == [
        900_000, 1_600_000, 700_000, (700_000 * 29 + 900_000 * 365) / 1_600_000,
    ]  # fmt: skip
    # the candidate declines c2: neither its sales nor its loss
    assert value[CANDIDATE].tolist() == [0, 700_000, 700_000, 29]
    apart = table.set_index(["policy", "figure"])["difference"][CANDIDATE]
    current = value[CURRENT]
    assert apart.tolist() == (value[CANDIDATE] - current).tolist()


def test_the_intervals_hold_the_value_and_draw_whole_customers(answers, tmp_path):
    found = replay(answers, strict(tmp_path), since=day_of("2023-01-01"))
    table = found.figures().dropna()
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    # two applications of one customer are drawn together: nothing is between none and both
    twice = pd.concat([found.rows, found.rows[found.rows["customer_id"] == "c1"]])
    drawn = draw_weights(twice.reset_index(drop=True), 0)
    assert (drawn[:, 0] == drawn[:, -1]).all()
    pd.testing.assert_frame_equal(table, found.figures().dropna())


def test_periods_before_and_after_the_models_own_day_stand_apart(answers, tmp_path):
    found = replay(answers, strict(tmp_path), since=day_of("2023-01-01"))
    views = dict(found._views())
    split = compare_figures(found.rows, views, found.rates, day_of("2024-02-05"))
    assert split["period"].unique().tolist() == [
        "all", "in-sample (before 2024-02-05)", "from 2024-02-05 on",
    ]  # fmt: skip
    sums = split[split["figure"].isin(["lost", "sold", "cash"])]
    for _, rows in sums.groupby(["policy", "figure"]):
        whole, *parts = rows["value"]
        assert whole == sum(parts)


def test_what_has_no_rate_to_the_houses_currency_is_left_out_and_said(answers, tmp_path):
    found = replay(answers, strict(tmp_path), since=day_of("2023-01-01"))
    other = replace(found, rows=found.rows.assign(currency="JPY"))
    assert "Applications in JPY are without a rate to EUR" in " ".join(other.caveats())
    assert other.figures()["value"].fillna(0).eq(0).all()
