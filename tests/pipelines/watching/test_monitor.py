"""Monitoring a home: its champions, what cannot be watched, the files and the command."""

from __future__ import annotations

import json
import re
import shutil

import pandas as pd
import pytest

from payrisk import bundle
from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.default_risk.fit import fit_default_risk
from payrisk.ledger import DefaultRule, Ledger
from payrisk.ledger.stored import storage
from payrisk.monitoring.verdict import MonitorReport
from payrisk.settings import Settings
from payrisk.simulate import simulate
from payrisk_pipelines.watching.monitor import LATEST, monitor
from payrisk_pipelines.watching.monitor_metrics import metrics_text

BACK = 28


def promote(home, name, model, golden, *, card=None, **facts):
    facts = {"git_commit": "", "ledger_sha": "", "seed": 0} | facts
    papers = {"card": card or {}, "card_text": "", "facts": facts}
    bundle.write(
        bundle.bundle_folder(home, name, "1"), name=name, model=model, golden=golden, **papers
    )
    bundle.set_champion(home, name, "1")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    ledger = Ledger.from_tables(simulate(30, 18, 3).tables)[0]
    storage.save(ledger, home)
    trained = ledger.default_as_of - BACK
    history = ledger.as_of(trained)
    invoices = history.open_invoices()
    curves = fit_shrunk_ecdf(history)
    said = {"as_of": iso(trained)}
    card = {"expires_on": iso(trained + BACK - 1)}
    golden = curves.rows(history, invoices.head(5))
    promote(home, "days-to-pay", curves, golden, card=card, **said)
    risk = fit_default_risk(history, [], curves, DefaultRule(), 180)
    customers = sorted(set(invoices["customer_id"]))[:5]
    golden = risk.bind(curves).rows(history, customers)
    promote(home, "default-risk", risk, golden)  # does not say its as_of
    return home


def say(capsys, home, *arguments):
    code = run(["--home", str(home), "monitor", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_all_champions_are_watched_and_who_is_not_is_told(capsys, home, tmp_path):
    page, metrics = tmp_path / "report.html", tmp_path / "own.prom"
    files = ("--report", str(page), "--metrics", str(metrics))
    code, out, _ = say(capsys, home, "--json", "--fail", *files)
    found = json.loads(out)
    [report] = found["reports"]
    assert report["advice"] == "keep"
    assert code == 1  # for the one that is damaged
    assert (report["name"], report["version"], report["days"]) == ("days-to-pay", "1", 28)
    assert list(found["unwatched"]) == ["default-risk"]
    assert "does not say on what day" in found["unwatched"]["default-risk"]
    html = page.read_text()
    assert report["sentence"] in html
    assert "What could not be watched" in html
    assert "<script" not in html
    text = metrics.read_text()
    assert text == (home / "monitor" / "latest.prom").read_text()
    assert re.search(r'payrisk_monitor_retrain\{model="days-to-pay"\} [01]\.0', text)
    assert 'payrisk_monitor_model_age_days{model="days-to-pay"} 28.0' in text
    strongest = max(one["strength"] for one in report["findings"] if one["family"] == "inputs")
    assert 'payrisk_monitor_unwatched{model="days-to-pay"} 0.0' in text
    assert 'payrisk_monitor_unwatched{model="default-risk"} 1.0' in text
    assert 'payrisk_monitor_damaged{model="default-risk"} 1.0' in text
    line = f'payrisk_monitor_strongest{{family="inputs",model="days-to-pay"}} {strongest}'
    assert line in text


def test_people_read_the_advice(capsys, home):
    code, out, _ = say(capsys, home, "days-to-pay")
    assert code == 0
    assert "days-to-pay version 1, trained 28 days ago" in out
    assert re.search(r"Version 1 of days-to-pay expired on [\d-]{10}, as its card says", out)
    before = iso(storage.load(home).default_as_of - 1)
    assert "expired" not in say(capsys, home, "days-to-pay", "--as-of", before)[1]


def test_one_that_is_named_and_cannot_be_watched_is_an_error(capsys, home):
    code, _, err = say(capsys, home, "default-risk")
    assert code == 2
    assert "train and promote a new one" in err
    early = iso(storage.load(home).default_as_of - BACK + 3)
    code, _, err = say(capsys, home, "days-to-pay", "--as-of", early)
    assert code == 2
    assert "from 7 days on" in err
    code, _, err = say(capsys, home, "no-such-model")
    assert code == 2
    assert "the models are" in err


def test_without_a_champion_there_is_nothing_to_watch(capsys, tmp_path):
    code, _, err = say(capsys, tmp_path)
    assert code == 2
    assert "payrisk promote" in err


def test_a_cron_job_can_fail_on_an_alarm(capsys, home, tmp_path):
    """Facts that stop coming are an alarm: the same ledger, a month later."""
    later = iso(storage.load(home).default_as_of + 28)
    code, out, _ = say(capsys, home, "days-to-pay", "--as-of", later, "--fail")
    assert code == 1
    assert "Look at the data before anything else" in out
    assert "No payments recorded for 28 days" in out


def test_a_champion_too_young_to_watch_is_no_failure(capsys, home, tmp_path):
    early = iso(storage.load(home).default_as_of - BACK + 3)
    metrics = tmp_path / "own.prom"
    shutil.copytree(home, tmp_path / "home", ignore=shutil.ignore_patterns("default-risk"))
    there = ("--as-of", early, "--fail", "--metrics", str(metrics))
    code, out, _ = say(capsys, tmp_path / "home", *there)
    assert "from 7 days on" in out
    assert code == 0
    assert 'payrisk_monitor_unwatched{model="days-to-pay"} 1.0' in metrics.read_text()
    assert 'payrisk_monitor_damaged{model="days-to-pay"} 0.0' in metrics.read_text()


def test_figures_of_a_past_morning_are_not_the_latest(home):
    latest = home / LATEST
    latest.parent.mkdir(exist_ok=True)
    latest.write_text("what stands there")
    past = storage.load(home).default_as_of - 1
    assert monitor(Settings(home=home), as_of=past).reports
    assert latest.read_text() == "what stands there"


def test_every_matured_morning_is_a_series_of_its_own():
    """The older one must not take the place of the latest."""
    shared = {"measure": "defaults within 180 days", "group": "all"}
    rows = [shared | {"lag": 0, "ratio": 2.0}, shared | {"lag": 28, "ratio": 1.0}]
    table = {"Defaults against those expected": pd.DataFrame(rows)}
    text = metrics_text([MonitorReport("default-risk", "1", 20_000, 20_300, 28, (), table)], {})
    found = re.findall(r'outcome_ratio{.*morning="(.*?)".*} ([\d.]+)', text)
    assert found == [("latest", "2.0"), ("28 days before", "1.0")]
