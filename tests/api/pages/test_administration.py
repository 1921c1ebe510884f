"""The pages of administration: keys made, shown once, renewed and revoked; the chain read."""

from __future__ import annotations

import re

from typer.testing import CliRunner

from api.pages.test_frame import HTML, assert_strict
from payrisk.cli import app
from payrisk.store.vouching.backup_log import note_backup, noted_backups
from payrisk_api.pages.frame import command


def made(door, **form):
    return door.client.post("/admin/keys", data=form, headers=HTML)


def bearer(page) -> dict[str, str]:
    return {"Authorization": f"Bearer {re.search(r'pr_[0-9a-f]+_[0-9a-f]+', page.text)[0]}"}


def test_the_first_key_is_an_administrator_s_and_is_shown_once(door):
    refused = made(door, holder="Ada", **{"role-approver": "1"})
    assert refused.status_code == 422
    assert "must be an administrator" in refused.text
    page = made(door, holder="Ada <b>", days="30", **{"role-admin": "1"})
    assert page.status_code == 200
    assert_strict(page)
    assert "<b>" not in page.text
    assert door.client.get("/admin/keys", headers=HTML, follow_redirects=False).status_code in {
        303,
        401,
    }
    again = door.client.get("/admin/keys", headers=HTML | bearer(page))
    assert again.status_code == 200
    assert "Ada" in again.text
    assert "pr_" not in again.text


def test_a_key_is_renewed_and_revoked_by_an_administrator_alone(door):
    admin = bearer(made(door, holder="Ada", **{"role-admin": "1"}))
    page = door.client.post(
        "/admin/keys", data={"holder": "Bo", "role-collector": "1"}, headers=HTML | admin
    )
    other = bearer(page)
    assert door.client.get("/admin/keys", headers=HTML | other).status_code == 403
    assert door.client.get("/receivables", headers=HTML | other).status_code == 200
    key_id = other["Authorization"].split("_")[1]
    renewed = door.client.post(
        f"/admin/keys/{key_id}", data={"act": "rotate"}, headers=HTML | admin
    )
    assert door.client.get("/receivables", headers=HTML | bearer(renewed)).status_code == 200
    gone = door.client.post(
        f"/admin/keys/{key_id}", data={"act": "revoke", "reason": "left"}, headers=HTML | admin
    )
    assert gone.status_code == 200
    assert "revoked" in gone.text
    over = door.client.get("/receivables", headers=HTML | bearer(renewed), follow_redirects=False)
    assert over.status_code in {303, 401}


def test_what_cannot_be_a_key_is_said_on_the_page(door):
    for form in (
        {"holder": "Ada"},
        {"holder": " ", "role-admin": "1"},
        {"role-admin": "1", "holder": "A", "days": "x"},
    ):
        page = made(door, **form)
        assert page.status_code == 422
        assert 'role="alert"' in page.text


def test_health_names_what_answers_and_checks_the_chain(door):
    page = door.client.get("/admin", headers=HTML)
    assert_strict(page)
    assert "days-to-pay" in page.text


def test_the_audit_trail_names_who_did_what_by_person_and_day(door):
    body = {"customer_id": "c1", "order": {"amount": 5, "currency": "EUR"}}
    made = door.decide(body)
    override = {
        "outcome": "decline",
        "reason": "They asked us to wait.",
        "actor": "Ada <b>Lovelace",
        "review_on": "2025-09-01",
    }
    place = f"/v1/credit/decisions/{made.json()['decision_id']}/override"
    headers = {"Idempotency-Key": "o-1", "If-Match": made.headers["etag"]}
    assert door.client.post(place, json=override, headers=headers).status_code == 200
    told = door.client.get("/v1/audit").json()
    assert [(line["what"], line["actor"], line["customer_id"]) for line in told["lines"][:2]] == [
        ("credit.overridden", "Ada <b>Lovelace", "c1"), ("credit.decided", None, "c1"),
    ]  # fmt: skip
    assert {line["decision_id"] for line in told["lines"][:2]} == {made.json()["decision_id"]}
    first = door.client.get("/v1/audit?limit=1").json()
    rest = door.client.get(f"/v1/audit?cursor={first['next_cursor']}").json()
    assert first["lines"] + rest["lines"] == told["lines"]
    for asked, n in (("actor=LOVE", 1), ("actor=nobody", 0), ("since=2025-06-03", 0),
                     ("until=2025-06-02&actor=ada", 1)):  # fmt: skip
        assert len(door.client.get(f"/v1/audit?{asked}").json()["lines"]) == n, asked
        page = door.client.get(f"/admin/audit?{asked}", headers=HTML)
        assert_strict(page)
        assert page.text.count("Ada &lt;b&gt;Lovelace") == n
    assert "One GmbH" in door.client.get("/admin/audit", headers=HTML).text
    checked = door.client.post("/admin/audit", headers=HTML)
    assert checked.status_code == 200, checked.text
    assert "The chain holds" in checked.text


def test_a_role_that_may_not_is_told_so_on_a_page(door):
    admin = bearer(made(door, holder="Ada", **{"role-admin": "1"}))
    for method, path in (("GET", "/cash"), ("POST", "/models/days-to-pay/answers")):
        page = door.client.request(method, path, headers=HTML | admin)
        assert page.status_code == 403
        assert_strict(page)
        assert 'class="nav"' in page.text
    told = door.client.get("/v1/cash/forecast", headers=HTML | admin)
    assert told.json()["type"] == "urn:payrisk:problem:role-missing"


def test_entities_that_name_nobody_and_days_beyond_the_most_make_no_key(door):
    for form in ({"entities": ","}, {"days": "00036500"}, {"days": "0001001000000000"}):
        page = made(door, holder="Ada", **{"role-admin": "1"}, **form)
        assert page.status_code == 422
    assert not door.client.app.state.service.ring.has_keys


def test_a_command_of_another_makes_this_one_come_again(door, monkeypatch):
    monkeypatch.setattr(command, "WAIT_SECONDS", 0.01)
    with command._PLACE:
        busy = door.client.post("/admin/audit", headers=HTML)
        aged = door.client.get("/v1/receivables/aging")
    assert (busy.status_code, aged.status_code) == (503, 200)
    assert door.client.post("/admin/audit", headers=HTML).status_code == 200


def test_a_rule_refuses_an_erasure_and_says_until_when_else_the_person_is_forgotten(
    door, tmp_path
):
    body = {"application": {"name": "Berta Klein", "currency": "EUR", "is_natural_person": True}}
    decision = door.decide(body).json()["decision_id"]
    asked = {"subject": decision, "reason": "asked for by the applicant"}
    rule = '[[rules]]\nkind = "decisions"\nat_least_days = 30\nwhy = "the law <b>says so</b>"\n'
    (tmp_path / "retention.toml").write_text(rule)
    shown = door.client.get("/admin/retention", headers=HTML)
    assert_strict(shown)
    assert "&lt;b&gt;says so" in shown.text
    kept = door.client.post("/admin/retention", data=asked, headers=HTML)
    assert_strict(kept)
    assert "Kept, because a rule" in kept.text
    assert "until 2025-07-01" in kept.text
    for wrong in ({"reason": "no"}, {"reason": "Berta Klein asked for it"}):
        refused = door.client.post("/admin/retention", data=asked | wrong, headers=HTML)
        assert refused.status_code == 422
    assert "Berta Klein" in door.client.get(f"/v1/credit/decisions/{decision}").text
    (tmp_path / "retention.toml").write_text("[[rules]]\n")
    assert 'role="alert"' in door.client.get("/admin/retention", headers=HTML).text
    (tmp_path / "retention.toml").unlink()
    gone = door.client.post("/admin/retention", data=asked, headers=HTML)
    assert "names nobody any more" in gone.text
    assert "Berta Klein" not in door.client.get(f"/v1/credit/decisions/{decision}").text
    nobody = door.client.post("/admin/retention", data=asked | {"subject": "x"}, headers=HTML)
    assert "nothing was erased" in nobody.text


def test_the_backups_of_a_home_are_told_with_what_was_checked(door, tmp_path):
    page = door.client.get("/admin/backups", headers=HTML)
    assert_strict(page)
    assert "No backup was taken" in page.text
    done = CliRunner().invoke(app, ["--home", str(tmp_path), "backup", str(tmp_path / "b.tar")])
    assert done.exit_code == 0, done.output
    (line,) = noted_backups(tmp_path)
    note_backup(tmp_path, line | {"taken_at": "2025-05-20T08:00:00+00:00", "n_unopened": 3})
    page = door.client.get("/admin/backups", headers=HTML).text
    assert "13 days old" in page
    assert "read back, chain holds" in page
    assert "sealed data not checked" in page
