"""Recorded actions: once a key, taken back once, one claim a customer, and the chain vouches."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from payrisk.calendar import day_of
from payrisk.collecting.recording.action import Action, InvoicePart, PlanPart, claims_in_force
from payrisk.collecting.recording.contacts import Contact
from payrisk.errors import InputError
from payrisk.store import (
    ClaimedByAnother,
    DecisionStore,
    ReusedKey,
    UnknownAction,
    read_actions,
)
from support.company.records import erased

NOW = "2026-01-05T09:00:00+00:00"
DAY = day_of("2026-01-05")


def promise(**more):
    fields = {
        "kind": "promise",
        "customer_id": "c1",
        "actor": "anna",
        "happened_on": DAY,
        "recorded_on": DAY,
        "invoices": (InvoicePart("i1"),),
        "amount": 10_000,
        "currency": "EUR",
        "refers_on": DAY + 7,
        "text": "Mrs Huber pays",
    }
    return Action(**fields | more)


def test_a_key_records_once_and_no_other_action(url):
    with DecisionStore(url) as store:
        kept, was_known = store.actions.record("k", promise(), NOW)
        again, is_known = store.actions.record("k", promise(), NOW)
        assert (again, was_known, is_known) == (kept, False, True)
        assert kept.action == promise()
        with pytest.raises(ReusedKey):
            store.actions.record("k", promise(amount=5), NOW)
        assert store.actions.actions("c1") == [kept]
        assert store.actions.actions("c2") == []
    assert list(read_actions(url).actions) == [kept]


def test_an_action_is_taken_back_once_and_stays_on_file(url):
    undo = Action("undo", "?", "bob", DAY, DAY, reason="wrong customer", undoes="")
    with DecisionStore(url) as store:
        kept, _ = store.actions.record("k", promise(), NOW)
        by_id = Action(**vars(undo) | {"undoes": kept.action_id})
        taken_back, _ = store.actions.record("u", by_id, NOW)
        assert taken_back.action.customer_id == "c1"
        with pytest.raises(UnknownAction, match="before"):
            store.actions.record("u2", by_id, NOW)
        with pytest.raises(UnknownAction):
            store.actions.record("u3", Action(**vars(undo) | {"undoes": "act_0"}), NOW)
        first, second = store.actions.actions()
        assert (first.undone_by, second.undone_by) == (taken_back.action_id, None)


def test_two_do_not_claim_one_customer_until_it_is_released_or_over(url):
    def claim(actor, day, kind="claim"):
        until = day + 2 if kind == "claim" else None
        return Action(kind, "c1", actor, day, day, refers_on=until)

    with DecisionStore(url) as store:
        record = store.actions.record
        record("1", claim("anna", DAY), NOW)
        with pytest.raises(ClaimedByAnother, match="anna looks after c1 until 2026-01-07"):
            record("2", claim("bob", DAY + 1), NOW)
        record("3", claim("anna", DAY + 1), NOW)
        record("4", claim("anna", DAY + 1, "release"), NOW)
        record("5", claim("bob", DAY + 1), NOW)
        assert claims_in_force(store.actions.actions(), DAY + 3)["c1"].action.actor == "bob"
        record("6", claim("anna", DAY + 4), NOW)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "chat"}, "no kind"),
        ({"actor": ""}, "PAYRISK_ACTOR"),
        ({"happened_on": DAY + 1}, "cannot have happened"),
        ({"refers_on": None}, "names the day"),
        ({"refers_on": DAY - 1}, "later"),
        ({"currency": None}, "has a currency"),
        ({"invoices": (InvoicePart("a"), InvoicePart("b"))}, "an? promise for each|for each"),
        ({"kind": "call"}, "outcome"),
        ({"kind": "plan"}, "two payments"),
        ({"kind": "dispute_opened", "invoices": ()}, "one invoice"),
        ({"currency": "QQQ"}, "'QQQ' is no currency"),
        ({"amount": 10**15 + 1}, "at most"),
        ({"kind": "plan", "parts": (PlanPart(DAY, 1), PlanPart(DAY + 1, 10**16))}, "at most"),
        ({"invoices": (InvoicePart("i1", 10**39),)}, "from 1 to 999"),
        ({"channel": "pigeon"}, "no channel"),
        ({"text": "x" * 2_001}, "more than 2000"),
    ],
)
def test_what_an_action_lacks_is_said_in_a_sentence(changed, said):
    with pytest.raises(InputError, match=said):
        promise(**changed).validate()


@pytest.mark.parametrize("number", ["0", "9" * 10, "9" * 40, "9" * 5_000])
def test_an_instalment_is_from_1_to_999(number):
    assert InvoicePart.from_text("i/999") == ("i", 999)
    with pytest.raises(InputError, match="from 1 to 999"):
        InvoicePart.from_text(f"i/{number}")


def test_an_action_kept_before_instalments_were_bounded_is_still_read():
    row = promise(invoices=(InvoicePart("i1", 10**39),)).document()
    assert Action.from_document(row).invoices == (("i1", 10**39),)


def test_the_chain_vouches_for_actions_contacts_and_opt_outs(url):
    with DecisionStore(url) as store:
        store.actions.record("k", promise(), NOW)
        store.actions.keep_contacts([Contact("c1", name="E. Huber", role="AP")], "anna", NOW)
        store.actions.opt_out("c1", "e-mail", "asked for letters", "anna", NOW)
        report = store.verify()
        assert (report.holds, report.n_links) == (True, 3)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    for table, change in (
        ("actions", "actor = 'bob'"),
        ("contacts", "customer_id = 'c2'"),
        ("opt_outs", "channel = 'letter'"),
    ):
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET {change}"))
    engine.dispose()
    with DecisionStore(url) as store:
        assert len(store.verify().faults) == 3


def test_personal_words_go_when_erased_and_an_opt_out_stays(url):
    with DecisionStore(url) as store:
        store.actions.record("k", promise(), NOW)
        person = Contact("c1", name="Eva Huber", email="eva@huber.test")
        store.actions.keep_contacts([person], "anna", NOW)
        store.actions.opt_out("c1", "e-mail", "asked for letters", "anna", NOW)
        (listed,) = store.actions.contacts("c1")
        assert (listed.name, listed.opted_out) == ("Eva Huber", ("e-mail",))
        assert not listed.may_be_reached_by("e-mail")
        store.actions.keep_contacts([Contact("c1", name="Max Bau", phone="1")], "anna", NOW)
        assert [contact.name for contact in store.actions.contacts()] == ["Max Bau"]
        assert (
            len(erased(store, "c1", "asked to be forgotten", NOW)) == 3
        )  # the reason of the opt-out as well
        assert store.actions.contacts() == []
        assert store.actions.actions()[0].action.text == "[erased]"
        assert store.verify().holds
        store.actions.keep_contacts([person], "anna", NOW)
        assert store.actions.contacts()[0].opted_out == ("e-mail",)
