"""Keys for some entities: reports equal the books of these, decisions those of everybody."""

from __future__ import annotations

import datetime as dt
import io
import itertools

import pytest
from fastapi.testclient import TestClient

from payrisk.access import ROLES, KeyRing
from payrisk.answers import Answers
from payrisk.calendar import date_of
from payrisk.ledger import Ledger
from payrisk.settings import Settings
from payrisk.simulate import World, simulate
from payrisk_api.app import create_app
from payrisk_api.observing import json_log
from payrisk_api.permissions import OF_ENTITIES, PERMITTED
from support.company.five_customers import champions

NOW = dt.datetime(2026, 1, 1, 8, 30, tzinfo=dt.UTC)
KEYS = ("currency", "entity_id")


@pytest.fixture(scope="module")
def ledger():
    tables = simulate(40, 14, 5, world=World(recourse_share=0.3)).tables
    return Ledger.from_tables(tables)[0]


@pytest.fixture(scope="module")
def asked(ledger, tmp_path_factory):
    """Ask one service with a key of some entities, or of all."""
    home = tmp_path_factory.mktemp("home")
    as_of = date_of(ledger.default_as_of - 20)
    ids = itertools.count(1)
    app = create_app(
        Settings.read(home=home, as_of=as_of),
        answers=Answers(ledger, champions(), ledger_sha="1" * 64),
        now=lambda: NOW,
        new_id=lambda: f"dec_{next(ids)}",
        log=json_log(io.StringIO()),
    )
    ring = KeyRing(home)

    def text_of(entities):
        return ring.create(
            "Ann Lee", frozenset(ROLES), entities,
            made_at="2025-01-01T00:00:00+00:00", by="test", expires_at="2027-01-01T00:00:00+00:00",
        ).text  # fmt: skip

    texts = {None: text_of(None)}
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:

        def ask(path, entities=None, method="GET", **more):
            entities = None if entities is None else frozenset(entities)
            text = texts.setdefault(entities, texts.get(entities) or text_of(entities))
            headers = {"authorization": f"Bearer {text}"} | more.pop("headers", {})
            return client.request(method, path, headers=headers, **more)

        yield ask


@pytest.fixture(scope="module")
def entities(ledger):
    found = sorted(ledger.tables["invoices"]["entity_id"].unique())
    assert len(found) >= 3
    return found


def by_currency(lines, entities):
    """Sums of the amounts of some entities' lines, by currency."""
    sums = {}
    for line in lines:
        if line["entity_id"] in entities:
            kept = sums.setdefault(line["currency"], {})
            for name, value in line.items():
                if isinstance(value, int):
                    kept[name] = kept.get(name, 0) + value
    return sums


def _differing(row, other):
    """What differs beyond the order in which floats were added."""
    pairs = {name: (row[name], other[name]) for name in other}
    return {
        name: pair
        for name, pair in pairs.items()
        if pair[0]
        != (pytest.approx(pair[1], rel=1e-12) if isinstance(pair[1], float) else pair[1])
    }


@pytest.mark.parametrize("evening", ["", "&close_of=2025-09-30"])
@pytest.mark.parametrize("n", [1, 2])
def test_aging_of_a_key_is_that_of_its_entities_to_the_cent(asked, entities, n, evening):
    whole = asked(f"/v1/receivables/aging?by=entity,currency{evening}").json()
    for scope in itertools.combinations(entities, n):
        own = asked(f"/v1/receivables/aging?by=entity,currency{evening}", scope).json()
        assert own["lines"] == [ln for ln in whole["lines"] if ln["entity_id"] in scope]
        totals = {row["currency"]: row for row in own["totals"]}
        expected = by_currency(whole["lines"], scope)
        assert {c: {k: totals[c][k] for k in expected[c]} for c in totals} == expected


def test_documents_of_a_key_are_those_of_its_entities(asked, entities):
    whole = asked("/v1/receivables/documents?limit=1000").json()["documents"]
    for entity in entities:
        own = asked("/v1/receivables/documents?limit=1000", [entity]).json()["documents"]
        assert own == [row for row in whole if row["entity_id"] == entity]


def test_kpis_of_a_key_are_those_of_its_entities(asked, entities):
    path = "/v1/receivables/kpis?by=entity,currency&history=3"
    whole = asked(path).json()["rows"]
    for entity in entities:
        own = asked(path, [entity]).json()["rows"]
        expected = [row for row in whole if row["entity_id"] == entity]
        own, expected = (sorted(rows, key=str) for rows in (own, expected))
        assert [_differing(*pair) for pair in zip(own, expected, strict=True)] == [{}] * len(own)


def test_roll_rates_of_all_keys_sum_to_those_of_everybody(asked, entities):
    path = "/v1/receivables/roll-rates?since=2025-06-01&until=2025-09-30"

    def cents(scope):
        rows = asked(path, scope).json()["roll_rates"]
        amounts = [k for k, v in rows[0].items() if isinstance(v, int)]
        return {
            (row["currency"], row["ends_on"], row["bucket"], name): row[name]
            for row in rows
            for name in amounts
        }

    parts = [cents([entity]) for entity in entities]
    for place, amount in cents(None).items():
        assert sum(part.get(place, 0) for part in parts) == amount, place


def test_cash_of_a_key_is_the_open_invoices_of_its_entities_by_the_same_draws(asked, entities):
    whole = asked("/v1/cash/forecast?by=month&group=entity").json()
    for entity in entities:
        own = asked("/v1/cash/forecast?by=month&group=entity", [entity]).json()
        for name in ("buckets", "balance"):
            assert own[name] == [row for row in whole[name] if row["entity_id"] == entity]
        assert own["not_yet_issued"] == own["booked_before"] == own["became"] == []


def test_who_moved_dso_names_customers_of_the_keys_entities_alone(asked, entities, ledger):
    invoices = ledger.tables["invoices"]
    for entity in entities:
        path = "/v1/receivables/kpis/who-moved-dso?since=2025-09-30"
        rows = asked(path, [entity]).json()["contributions"]
        ours = set(invoices.loc[invoices["entity_id"] == entity, "customer_id"])
        assert rows
        assert {row["customer_id"] for row in rows if row["customer_id"]} <= ours


def test_a_decision_is_the_same_whoever_asks(asked, entities, ledger):
    for number, customer in enumerate(ledger.tables["customers"]["customer_id"][:6]):
        body = {"customer_id": str(customer), "order": {"amount": 100_000, "currency": "EUR"}}
        answers = [
            asked(
                "/v1/credit/applications/preview", scope, "POST", json=body,
            ).json()["decision"]
            for scope in (None, entities[:1])
        ]  # fmt: skip
        assert answers[0] == answers[1], number


def test_what_is_owed_elsewhere_is_one_amount_without_a_name(asked, entities, ledger):
    invoices = ledger.as_of(ledger.default_as_of - 20).open_invoices()
    sums = invoices.groupby(["parent_id", "entity_id", "currency"])["residual"].sum()
    several = [g for g, n in sums.groupby("parent_id").size().items() if n > 1]
    assert several
    for group in several[:8]:
        path = f"/v1/credit/customers/{group}/owed"
        whole = asked(path).json()
        assert whole["other_entities"] == []
        assert {(r["entity_id"], r["currency"]): r["open"] for r in whole["entities"]} == dict(
            sums[group]
        )
        for entity in entities:
            own = asked(path, [entity]).json()
            assert own["entities"] == [r for r in whole["entities"] if r["entity_id"] == entity]
            elsewhere = {}
            for row in whole["entities"]:
                if row["entity_id"] != entity:
                    elsewhere[row["currency"]] = elsewhere.get(row["currency"], 0) + row["open"]
            assert {r["currency"]: r["open"] for r in own["other_entities"]} == elsewhere


def test_what_is_answered_for_all_entities_is_refused_to_a_key_for_some(asked, entities):
    refused = 0
    for line, roles in PERMITTED.items():
        method, path = line.split()
        if "{" in path or "public" in roles:
            continue
        answer = asked(path, entities[:1], method)
        is_refused = answer.status_code == 403
        assert is_refused == (line not in OF_ENTITIES), line
        if is_refused:
            assert answer.json()["type"].endswith("all-entities")
        refused += is_refused
    assert refused >= 8
    assert set(PERMITTED) >= OF_ENTITIES


def test_an_entity_that_bills_nothing_has_no_books(asked):
    for path in ("aging", "documents", "kpis", "kpis/who-moved-dso?since=2025-09-30"):
        answer = asked(f"/v1/receivables/{path}", ["none"])
        assert (answer.status_code, answer.json()["type"].endswith("unknown-day")) == (409, True)
    assert asked("/v1/cash/forecast", ["none"]).json()["buckets"] == []


def test_the_worklist_of_a_key_stands_on_late_invoices_of_its_entities(asked, entities, ledger):
    path = "/v1/receivables/worklist?currency=EUR&limit=1000&waiting_limit=10000"
    invoices = ledger.tables["invoices"].set_index("invoice_id")["entity_id"].to_dict()

    def overdue(scope):
        made = asked(path, scope).json()
        return made, {row["customer_id"]: row["overdue"] for row in made["rows"] + made["waiting"]}

    whole, sums = overdue(None)[1], {}
    for entity in entities:
        made, late = overdue([entity])
        named = [text.split()[0] for row in made["rows"] for text in row["invoices"].split("; ")]
        assert {invoices[name] for name in named if name in invoices} <= {entity}
        aged = asked("/v1/receivables/documents?limit=1000", [entity]).json()["documents"]
        assert set(late) <= {row["customer_id"] for row in aged}
        for who, cents in late.items():
            sums[who] = sums.get(who, 0) + cents
    assert whole
    for who, cents in whole.items():
        assert sums[who] == pytest.approx(cents, abs=3), who  # each part is rounded by itself
    owed = {
        entity: sum(t["open"] for t in asked("/v1/receivables/aging", [entity]).json()["totals"])
        for entity in entities
    }
    least = min(entities, key=owed.__getitem__)
    # more than all that is owed to it, at any of these rates, and less than all others bring
    shortfall = f"{path}&for_shortfall=2026-03-01&need={owed[least] * 3 // 2}"
    assert asked(shortfall, [least]).json()["chance_need_is_reached"] == 0
    assert asked(shortfall).json()["chance_need_is_reached"] > 0.9


def test_a_collector_of_some_entities_works_on_their_invoices_alone(asked, entities, ledger):
    table = ledger.tables["invoices"]
    ours = table[table["entity_id"] == entities[0]].iloc[0]
    others = set(table["customer_id"]) - set(ours)
    elsewhere = table[table["entity_id"] != entities[0]]
    elsewhere = elsewhere[elsewhere["customer_id"].isin(others)].iloc[0]
    billed = set(table.loc[table["entity_id"] == entities[0], "customer_id"])
    foreign = sorted(set(table["customer_id"]) - billed)

    def record(entity, key, **body):
        answer = asked(
            "/v1/receivables/actions", [entity], "POST",
            json={"kind": "promise", "amount": 500, "currency": "EUR", "refers_on": "2026-01-09"}
            | body, headers={"Idempotency-Key": key},
        )  # fmt: skip
        return answer.status_code, answer.json()

    about = {"customer_id": ours["customer_id"], "invoices": [ours["invoice_id"]]}
    status, kept = record(entities[0], "s1", **about)
    assert status == 200, kept
    assert record(entities[0], "s2", **about | {"invoices": []})[0] == 422
    assert record(entities[0], "s3", **about | {"invoices": [elsewhere["invoice_id"]]})[0] == 422
    assert record(entities[1], "s4", **about)[0] in (404, 422)
    for who in foreign[:1]:
        assert record(entities[0], "s5", customer_id=who)[0] == 404
        assert asked(f"/collecting/customers/{who}", entities[:1]).status_code == 404
    listed = [asked("/v1/receivables/actions", [e]).json()["n_actions"] for e in entities]
    assert listed == [1] + [0] * (len(entities) - 1)
    undo = f"/v1/receivables/actions/{kept['action_id']}/undo"
    asking = {"json": {"reason": "not mine"}, "headers": {"Idempotency-Key": "u1"}}
    assert asked(undo, entities[1:2], "POST", **asking).status_code == 422
    desk = asked(f"/collecting/customers/{ours['customer_id']}", entities[:1])
    assert desk.status_code == 200
    assert not any(name in desk.text for name in elsewhere["invoice_id"].split())


def test_money_of_the_whole_account_is_no_matter_of_a_key_for_some_entities(
    asked, entities, ledger
):
    table = ledger.tables["invoices"]
    who = table.loc[table["entity_id"] == entities[0], "customer_id"].iloc[0]
    body = {
        "customer_id": who, "kind": "promise", "amount": 7654321, "currency": "EUR",
        "refers_on": "2026-01-09",
    }  # fmt: skip
    path, keys = "/v1/receivables/actions", iter("abcd")

    def post(path, scope, body):
        return asked(path, scope, "POST", json=body, headers={"Idempotency-Key": next(keys)})

    kept = post(path, None, body).json()
    undo = f"{path}/{kept['action_id']}/undo"
    assert "76543.21" in asked(path).text
    assert "76543.21" not in asked(path, entities[:1]).text
    assert post(undo, entities[:1], {"reason": "not mine"}).status_code == 422
    assert post(undo, None, {"reason": "It was said by another one."}).status_code == 200
    assert "said by another one" not in asked(path, entities[:1]).text


def test_contacts_and_promises_of_a_key_are_of_customers_its_entities_billed(
    asked, entities, ledger
):
    table = ledger.as_of(ledger.default_as_of).invoices()
    billed = {e: set(table.loc[table["entity_id"] == e, "customer_id"]) for e in entities}
    everybody = sorted(set(table["customer_id"]))
    body = {"contacts": [{"customer_id": who, "name": "Lee"} for who in everybody]}
    assert asked("/v1/receivables/contacts", None, "POST", json=body).status_code == 200
    for entity in entities:
        told = asked("/v1/receivables/contacts?limit=1000", [entity]).json()["contacts"]
        assert {row["customer_id"] for row in told} == billed[entity]
        made = asked("/v1/receivables/promises?limit=1000", [entity]).json()["promises"]
        assert {row["customer_id"] for row in made} <= billed[entity]
        strangers = [who for who in everybody if who not in billed[entity]]
        for who in strangers[:1]:
            out = {"customer_id": who, "channel": "any", "reason": "asked for it"}
            refused = asked("/v1/receivables/contacts/opt-outs", [entity], "POST", json=out)
            assert refused.status_code == 404
