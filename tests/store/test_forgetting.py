"""Erasure reaches decisions, keys, colleagues and exports, unless a rule or a hold keeps them."""

from __future__ import annotations

import gzip
import json
import zipfile
from functools import partial

import pandas as pd
import pytest

from payrisk import cli
from payrisk.access import KeyRing
from payrisk.collecting.holdout.trial import COLUMNS, HoldoutTrial, read_trial
from payrisk.credit.deciding.records import OverrideRecord
from payrisk.errors import InputError
from payrisk.personal_keys import PersonalKeys
from payrisk.settings import Settings
from payrisk.store import DecisionStore, verify_store
from payrisk.store.forgetting.erasing import erase_expired
from payrisk.store.forgetting.retention import Retention, read_retention
from support.company.records import AT, application, erasure, review

NAME, COLLEAGUE = "Erika Mustermann", "Tim Roy"
LATER, MUCH_LATER = "2025-09-01T08:00:00+00:00", "2031-01-01T08:00:00+00:00"
RULES = """
[[rules]]
kind = "decisions"
at_least_days = 180
at_most_days = 1825
why = "applications are kept half a year (house rule 7)"

[[holds]]
subject = "app_2"
valid_from = 2025-06-01
why = "the case against them"
"""


@pytest.fixture
def store(tmp_path):
    with DecisionStore(f"sqlite:///{tmp_path}/payrisk.db") as store:
        for name in "12":
            store.decide_once(name, "s", lambda n=name: application(n, NAME))
        yield store


def rules(tmp_path, text=RULES) -> Retention:
    (tmp_path / "retention.toml").write_text(text)
    return read_retention(tmp_path)


def test_a_rule_defers_an_erasure_and_says_until_when(tmp_path, store):
    kept_rules = rules(tmp_path)
    deferred = erasure(store, "app_1", LATER, kept_rules)
    assert deferred.gone == []
    assert [record.sentence for record in deferred.kept] == [
        "dec_1 is kept until 2025-11-28: applications are kept half a year (house rule 7)"
    ]
    assert NAME.encode() in store.get("dec_1").body
    assert erasure(store, "app_1", "2025-11-28T23:00:00+00:00", kept_rules).gone == []
    assert erasure(store, "app_1", "2025-11-29T01:00:00+00:00", kept_rules).gone == ["dec_1"]
    assert store.verify().holds


def test_a_hold_outlasts_every_rule_until_it_ends(tmp_path, store):
    held = erasure(store, "dec_2", MUCH_LATER, rules(tmp_path))
    assert [record.sentence for record in held.kept] == [
        "dec_2 is kept until further notice: legal hold, the case against them"
    ]
    ended = RULES + "valid_until = 2026-03-31\n"
    held = erasure(store, "dec_2", "2026-03-31T12:00:00+00:00", rules(tmp_path, ended))
    assert "until 2026-03-31: legal hold" in held.kept[0].sentence
    gone = erasure(store, "dec_2", "2026-04-01T12:00:00+00:00", rules(tmp_path, ended))
    assert (gone.gone, gone.texts) == (["dec_2"], {NAME, f"{NAME} is young."})


def test_what_is_older_than_the_rules_let_it_be_goes_by_itself_but_not_what_is_held(
    tmp_path, store
):
    def over(at):
        asked = {"reason": "over", "erased_at": at, "retention": rules(tmp_path)}
        return store.forget(partial(erase_expired, **asked))

    assert over(LATER).gone == []
    late = over(MUCH_LATER)
    assert (late.gone, [record.of_id for record in late.kept]) == (["dec_1"], ["dec_2"])
    assert store.verify().holds


@pytest.mark.parametrize("text", ["[[rules]", '[[rules]]\nkind = "people"\nwhy = "x"'])
def test_rules_that_are_not_understood_erase_nothing(tmp_path, store, text):
    with pytest.raises(InputError, match="nothing is erased"):
        rules(tmp_path, text)


def test_a_colleague_leaves_keys_and_records_and_the_chain_holds(tmp_path, capsys):
    url = f"sqlite:///{tmp_path}/payrisk.db"
    ring = KeyRing(tmp_path)
    key = ring.create(
        COLLEAGUE, frozenset({"approver"}), None, made_at=AT, by="Ann Lee", expires_at=MUCH_LATER
    ).key
    with DecisionStore(url) as store:
        store.decide_once("k", "s", lambda: review("1"))
        etag = store.get("dec_1").etag
        store.override("o", "s", "dec_1", etag, by(COLLEAGUE, "1"))
        store.override("p", "s", "dec_1", store.get("dec_1").etag, by(f"{COLLEAGUE}an", "2"))
    command = ["--home", str(tmp_path), "audit", "erase", COLLEAGUE, "--colleague", "--reason"]
    assert cli.run([*command, "left the house"]) == 2
    assert "revoke it first" in capsys.readouterr().err
    ring.revoke(key.key_id, revoked_at=AT, by="Ann Lee", reason="left")
    assert cli.run([*command, "left the house"]) == 0
    assert f"erased-{key.key_id} stands for the name" in capsys.readouterr().out
    assert ring.keys()[key.key_id].holder == f"erased-{key.key_id}"
    report = verify_store(url)
    assert (report.faults, report.n_erased) == ((), 0)
    with DecisionStore(url) as store:
        bodies = store.overrides("dec_1")
        assert COLLEAGUE.encode() not in bodies[0]
        assert f"{COLLEAGUE}an".encode() in bodies[1]
        # whoever changes the row again is found
        store.forget(lambda connection: connection.exec_driver_sql(
            "UPDATE overrides SET actor = 'Eve' WHERE override_id = 'ovr_1'"))  # fmt: skip
        assert [fault.what for fault in store.verify().faults] == [
            "A row was changed after it was kept."
        ]


def test_why_nobody_may_be_asked_is_sealed_and_goes_with_the_customer(tmp_path, monkeypatch):
    home, said = tmp_path / "home", "Mrs Canary is ill"
    seal = ["--home", str(home), "audit", "seal"]
    with DecisionStore(Settings.read(home=home).database_url) as store:
        store.actions.opt_out("c1", "any", said, "Tim Roy", AT)
        store.actions.opt_out("c2", "any", said, "Tim Roy", AT)
    monkeypatch.setenv("PAYRISK_PERSONAL_KEYS", str(tmp_path / "elsewhere.keys"))
    assert cli.run([*seal, "--new-key"]) == 0
    url = Settings.read(home=home).database_url
    with DecisionStore(url) as store:
        store.actions.opt_out("c3", "any", said, "Tim Roy", AT)
    kept = b"".join(path.read_bytes() for path in home.rglob("payrisk.db*"))
    assert said.encode() not in kept
    assert verify_store(url).holds
    assert verify_store(url.partition("?")[0]).n_unopened == 3
    erase = ["--home", str(home), "audit", "erase"]
    assert cli.run([*erase, "c1", "--reason", "asked to"]) == 0
    assert cli.run([*erase, "Mrs Canary", "--colleague", "--reason", "asked to"]) == 0
    assert verify_store(url).faults == ()
    with DecisionStore(url) as store:
        rows = store.forget(lambda connection: connection.exec_driver_sql(
            "SELECT reason FROM opt_outs ORDER BY seq").all())  # fmt: skip
    keys = PersonalKeys(tmp_path / "elsewhere.keys")
    assert rows[0].reason == "[erased]"
    assert [keys.open(row.reason)[:7] for row in rows[1:]] == ["erased-"] * 2


def test_who_drew_or_stopped_a_trial_is_erased_from_it(tmp_path):
    rows = pd.DataFrame({name: [] for name in COLUMNS})
    trial = HoldoutTrial("t", 1, 20000, 28, (), AT, COLLEAGUE, "0", "EUR", rows)
    path = trial.save(tmp_path)
    trial.stop(tmp_path, 20007, COLLEAGUE)
    command = ["--home", str(tmp_path), "audit", "erase", COLLEAGUE, "--colleague", "--reason"]
    assert cli.run([*command, "left the house"]) == 0
    assert COLLEAGUE not in path.read_text()
    kept = read_trial(tmp_path, "t")
    assert kept.actor.startswith("erased-")
    assert kept.stopped_by == kept.actor
    assert (kept.starts_on, kept.made_at) == (20000, AT)


def test_a_reason_that_names_whom_it_erases_is_refused(tmp_path, store, capsys):
    erase = ["--home", str(tmp_path), "audit", "erase"]
    store.close()
    for who, reason in (
        (["app_1"], f"asked for by {NAME}"),
        (["dec_1"], "asked for by Ms MUSTERMANN"),
        (["dec_1"], "app_1 asked to"),
        ([COLLEAGUE, "--colleague"], "Roy left the house"),
    ):
        assert cli.run([*erase, *who, "--reason", reason]) == 2, reason
        assert "names who is to be erased" in capsys.readouterr().err
    with DecisionStore(f"sqlite:///{tmp_path}/payrisk.db") as again:
        assert NAME.encode() in again.get("dec_1").body


def by(actor, name):
    """An override of somebody whose name stands in its body as well."""
    body = json.dumps({"override_id": f"ovr_{name}", "actor": actor}).encode()
    record = OverrideRecord(f"ovr_{name}", AT, "approve", actor, "2025-12-01", body, ())
    return lambda _body: record


def test_exports_that_name_them_are_deleted_or_told(tmp_path, capsys):
    with DecisionStore(f"sqlite:///{tmp_path}/payrisk.db") as store:
        store.decide_once("1", "s", lambda: application("1", NAME))
    upload = tmp_path / "uploads" / ("0" * 16) / "file" / "list.csv"
    upload.parent.mkdir(parents=True)
    upload.write_text(f"R-1;{NAME};12,00\n", "utf-16")
    (tmp_path / "reports").mkdir()
    with zipfile.ZipFile(tmp_path / "reports" / "week.xlsx", "w") as book:
        book.writestr("sheet.xml", f"<t>{NAME}</t>", zipfile.ZIP_DEFLATED)
    (tmp_path / "reports" / "other.txt").write_text("nobody")
    (tmp_path / "reports" / "log.json.gz").write_bytes(gzip.compress(json.dumps(NAME).encode()))
    pd.DataFrame({"who": [NAME]}).to_parquet(tmp_path / "reports" / "rows.parquet")
    (tmp_path / "reports" / "card.pdf").write_bytes(b"%PDF-1.7 packed")
    (tmp_path / "reports" / "torn.gz").write_bytes(gzip.compress(b"x" * 900)[:20])
    answered = tmp_path / "mornings" / "2026-01-01" / "answered-1" / "document.json"
    answered.parent.mkdir(parents=True)
    answered.write_text(f'{{"name":"{NAME}"}}')
    command = ["--home", str(tmp_path), "audit", "erase", "app_1", "--reason", "asked to"]
    assert cli.run(command) == 0
    told = capsys.readouterr().out
    assert not upload.exists()
    assert not list((tmp_path / "mornings").iterdir())
    assert "1 prepared mornings" in told
    named = [line for line in told.splitlines() if line.startswith("Still named")]
    assert [line.split("/")[-1].split(":")[0] for line in named] == [
        "log.json.gz", "rows.parquet", "week.xlsx",
    ]  # fmt: skip
    unsearched = [line for line in told.splitlines() if line.startswith("Could not be searched")]
    assert [line.split("/")[-1].split(";")[0] for line in unsearched] == ["card.pdf", "torn.gz"]
