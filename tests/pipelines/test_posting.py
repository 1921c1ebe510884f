"""Posting: what was recorded becomes known the morning after, once, and is not told twice."""

from __future__ import annotations

import pytest

from payrisk.calendar import day_of
from payrisk.collecting.recording.action import Action, InvoicePart, PlanPart, RecordedAction
from payrisk.ledger.importing.reading import load_preset
from payrisk.ledger.stored import storage
from payrisk.receivables.agreements.promises import promises
from payrisk_pipelines.importing import import_files
from payrisk_pipelines.posting import post_actions

HEAD = "invoice_id,customer_id,issued_on,due_on,amount,currency\n"
DAY = day_of("2026-01-05")
WHO = {"customer_id": "c1", "actor": "anna", "happened_on": DAY, "recorded_on": DAY}


def home_with(tmp_path, day=DAY):
    file = tmp_path / "first.csv"
    file.write_text(HEAD + "i1,c1,2025-11-01,2025-12-01,100.00,EUR\n")
    import_files(tmp_path / "home", file, load_preset("generic"), day)
    return tmp_path / "home"


def kept(n, kind, undone_by=None, **more):
    action = Action(kind=kind, **WHO | more)
    return RecordedAction(f"act_{n:016x}", n, "2026-01-05T09:00:00+00:00", action, undone_by)


PROMISE = {"invoices": (InvoicePart("i1"),), "refers_on": DAY + 10}


def states(home, as_of):
    return promises(storage.load(home).as_of(as_of))["state"].tolist()


def test_recorded_on_a_day_it_is_known_from_the_morning_after_and_added_once(tmp_path):
    home = home_with(tmp_path)
    actions = [kept(1, "promise", **PROMISE), kept(2, "note", text="rang back")]
    done = post_actions(home, actions, DAY + 3)
    assert (done.n_events, done.last_action) == (1, "act_0000000000000001")
    assert states(home, DAY + 1) == ["pending"]
    assert storage.load(home).as_of(DAY + 1).known_rows("events")["event_id"].tolist() == [
        "act_0000000000000001"
    ]
    again = post_actions(home, actions, DAY + 4)
    assert (again.n_events, again.sha) == (0, done.sha)


def test_what_is_taken_back_moves_nothing_from_the_morning_after(tmp_path):
    home = home_with(tmp_path)
    post_actions(home, [kept(1, "promise", **PROMISE)], DAY)
    back = {"recorded_on": DAY + 2, "happened_on": DAY + 2, "undoes": "act_0000000000000001"}
    both = [
        kept(1, "promise", undone_by="act_0000000000000002", **PROMISE),
        kept(2, "undo", reason="wrong customer", **back),
    ]
    assert post_actions(home, both, DAY + 2).n_events == 1
    assert post_actions(home, both, DAY + 2).n_events == 0
    assert states(home, DAY + 2) == ["pending"]
    assert states(home, DAY + 3) == []


def test_a_plan_is_one_event_a_payment_and_no_promise(tmp_path):
    home = home_with(tmp_path)
    parts = (PlanPart(DAY + 10, 4_000), PlanPart(DAY + 40, 6_000))
    post_actions(home, [kept(1, "plan", currency="EUR", parts=parts)], DAY)
    events = storage.load(home).tables["events"]
    assert events["kind"].tolist() == ["plan", "plan"]
    assert events["amount"].tolist() == [4_000, 6_000]
    assert states(home, DAY + 1) == []


def test_an_import_posts_first_and_does_not_double_the_promise_it_tells_again(tmp_path):
    home = home_with(tmp_path, DAY - 1)
    folder = tmp_path / "second"
    folder.mkdir()
    rows = "i1,c1,2025-11-01,2025-12-01,100.00,EUR\ni2,c1,2026-01-05,2026-02-05,50.00,EUR\n"
    (folder / "invoices.csv").write_text(HEAD + rows)
    (folder / "events.csv").write_text(
        "event_id,kind,subject,happened_on,refers_on,amount\n"
        "E1,promise,i1,2026-01-06,2026-01-15,\n"
        "E2,promise,i2,2026-01-06,2026-01-15,\n"
    )
    actions = (kept(1, "promise", **PROMISE),)
    for turn in range(2):
        done = import_files(
            home, folder, load_preset("generic"), DAY + 1 + turn, actions=lambda: actions
        )
        assert [p.n for p in done.report.problems if p.code == "told_by_action"] == [1]
        assert "missing" not in [p.code for p in done.report.problems]  # no export has ours
    events = storage.load(home).tables["events"]
    assert events["event_id"].tolist() == ["E2", "act_0000000000000001"]
    assert states(home, DAY + 1) == ["pending"]


FAR = {"invoices": (InvoicePart("INV", 10**39 - 1),), "refers_on": DAY + 10}
UNKNOWN = PROMISE | {"amount": 5, "currency": "QQQ"}
ENDLESS = PROMISE | {"amount": 10**30, "currency": "EUR"}


@pytest.mark.parametrize(
    ("bad", "said"), [(FAR, "from 1 to 999"), (UNKNOWN, "'QQQ'"), (ENDLESS, "at most")]
)
def test_an_action_that_cannot_be_posted_is_set_aside_by_name_and_the_others_are_posted(
    tmp_path, bad, said
):
    home = home_with(tmp_path)
    actions = (kept(1, "promise", **bad), kept(2, "promise", **PROMISE))
    done = post_actions(home, actions, DAY)
    assert (done.n_events, done.last_action) == (1, "act_0000000000000002")
    (problem,) = done.problems
    assert (problem.code, problem.action) == ("action_set_aside", "quarantined")
    assert "act_0000000000000001" in problem.message
    assert said in problem.message
    again = import_files(
        home, tmp_path / "first.csv", load_preset("generic"), DAY + 1, actions=lambda: actions
    )
    assert problem in again.report.problems


def test_what_could_not_be_posted_and_was_taken_back_is_no_problem_any_more(tmp_path):
    home = home_with(tmp_path)
    actions = [
        kept(1, "promise", undone_by="act_0000000000000002", **FAR),
        kept(2, "undo", reason="no such invoice", undoes="act_0000000000000001"),
        kept(3, "promise", **PROMISE),
    ]
    done = post_actions(home, actions, DAY)
    assert (done.n_events, done.problems) == (1, ())


@pytest.mark.parametrize(
    "number", ["INV/2024/0001", "INV/2024/12", "INV/2024/1", "INV/2024/10234"]
)
def test_a_number_that_ends_in_digits_behind_a_stroke_is_the_invoice_of_this_number(
    tmp_path, number
):
    file = tmp_path / "first.csv"
    other = "INV/2023,c1,2025-11-01,2025-12-01,100.00,EUR\n"
    file.write_text(HEAD + f"{number},c1,2025-11-01,2025-12-01,100.00,EUR\n" + other)
    import_files(tmp_path / "home", file, load_preset("generic"), DAY)
    named = {"invoices": (InvoicePart.from_text(number),), "refers_on": DAY + 10}
    kept_anew = Action.from_document(kept(1, "promise", **named).action.document())
    assert kept_anew.invoices == named["invoices"]
    done = post_actions(tmp_path / "home", [kept(1, "promise", **named)], DAY)
    assert (done.n_events, done.problems) == (1, ())
    assert storage.load(tmp_path / "home").tables["events"]["subject"].tolist() == [number]
