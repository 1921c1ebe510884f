from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from payrisk import bundle
from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.learning.judging.judge_applicants import ApplicantJudge, split
from payrisk.ledger import Ledger
from payrisk.ledger.stored import storage
from payrisk.simulate import simulate
from payrisk_models import spec
from support.credit.past_applications import made, table
from support.home.mlflow_store import fresh_home, quick  # noqa: F401

pytestmark = pytest.mark.long

TOML = """
[target]
column = "outcome"
bad = ["lost"]
[columns]
date = "applied_on"
numeric = ["score", "debt"]
categorical = ["sector"]
[missing]
score = [-9]
[monotone]
score = "-"
debt = "+"
"""


@pytest.fixture
def folder(tmp_path):
    made(700).to_csv(tmp_path / "past.csv", index=False)
    new = made(300, 5)
    new.loc[[0, 4], "outcome"] = ""
    new.to_parquet(tmp_path / "new.parquet")
    (tmp_path / "map.toml").write_text(TOML)
    leaky = TOML.replace('"debt"]', '"debt", "loss"]')
    (tmp_path / "leaky.toml").write_text(leaky)
    return tmp_path


def say(capsys, home, *arguments):
    code = run(["--home", str(home), *map(str, arguments)])
    told = capsys.readouterr()
    return code, told.out, told.err


def backtest(folder, *more, toml="map.toml"):
    files = ("--applications", folder / "past.csv", "--test", folder / "new.parquet")
    return ["backtest", "new-customer", *files, "--mapping", folder / toml, *more]


def test_a_backtest_prints_and_writes_what_it_found(capsys, folder):
    out = folder / "scores.parquet"
    code, text, err = say(capsys, folder, *backtest(folder, "--out", out))
    assert (code, err) == (0, "")
    for word in ("auc", "gini", "ks", "brier", "log_loss", "ece", "slope", "level", "captured"):
        assert word in text
    for name in ("new-customer", "woe-scorecard", "logistic"):
        assert f"rank order by {name}" in text
    assert "2 without outcome dropped" in text
    rows = pd.read_parquet(out)
    assert list(rows.columns) == ["row", "probability", "outcome", "model"]
    assert set(rows["model"]) == {"new-customer", "woe-scorecard", "logistic"}
    own = rows[rows["model"] == "new-customer"]
    assert own["row"].tolist() == [at for at in range(300) if at not in {0, 4}]
    truth = (made(300, 5)["outcome"] == "lost").to_numpy()[own["row"]]
    assert (own["outcome"].to_numpy() == truth).all()


def test_the_json_of_a_backtest_says_the_same(capsys, folder):
    code, text, _ = say(capsys, folder, *backtest(folder, "--json"))
    found = json.loads(text)
    assert code == 0
    assert found["metrics"]["new-customer"]["auc"] > 0.7
    assert sum(band["n"] for band in found["bands"]["logistic"]) == 298
    assert {one["beside"] for one in found["paired"]} == {"woe-scorecard", "logistic"}
    one_class = folder / "good.csv"
    made(200, 5).assign(outcome="paid").to_csv(one_class, index=False)
    arguments = backtest(folder, "--json")
    arguments[arguments.index("--test") + 1] = one_class
    code, text, _ = say(capsys, folder, *arguments)
    assert code == 0
    assert json.loads(text)["metrics"]["new-customer"]["auc"] is None


def test_a_leak_stops_backtest_and_training_unless_allowed(capsys, folder):
    home = fresh_home(folder / "home").home
    past, toml = folder / "past.csv", folder / "leaky.toml"
    train = ["train", "new-customer", "--applications", past, "--mapping", toml]
    for command in (train, backtest(folder, toml="leaky.toml")):
        code, _, err = say(capsys, home, *command)
        assert code == 2
        assert "Suspected leak: 'loss'" in err
    code, out, _ = say(capsys, home, *backtest(folder, "--allow-leak", "loss", toml="leaky.toml"))
    assert code == 0
    assert "Allowed by name: 'loss'" in out


def test_a_table_becomes_a_candidate_that_can_be_promoted(capsys, folder):
    home = fresh_home(folder / "home").home
    files = ("--applications", folder / "past.csv", "--mapping", folder / "map.toml")
    code, out, err = say(capsys, home, "train", "new-customer", *files, "--as-of", "2023-01-01")
    assert (code, err) == (0, "")
    assert "version 1 is the candidate, trained as of 2023-01-01" in out
    code, out, _ = say(capsys, home, "promote", "new-customer", "--force", "a test")
    assert (code, out) == (0, "new-customer version 1 answers now.\n")
    champion = bundle.champion(home, "new-customer", trial_seconds=0)
    assert champion.card["population"]["table"] == "past.csv"
    assert champion.card["population"]["rows_without_outcome_dropped"] == 0
    fields = {"score": 520, "debt": "3.5", "sector": "004100"}
    risk = champion.model.risks_of([fields], 19_000, 365, ["A"])[0]
    assert 0 < risk.low < risk.probability < risk.high < 1


def test_a_scorecard_is_trained_promoted_printed_and_served(capsys, folder):
    files = ["--applications", folder / "past.csv", "--mapping", folder / "map.toml"]
    train = ["train", "new-customer", *files, "--recipe", "scorecard"]
    assert say(capsys, folder, *train)[0] == 0
    _, text, _ = say(capsys, folder, "promote", "new-customer")
    assert "new-customer version 1 answers now." in text
    model = bundle.champion(folder, "new-customer").model
    code, text, err = say(capsys, folder, "scorecard")
    if code:  # a table alone: no ledger stands behind it
        assert "ledger" in err
        storage.save(Ledger.from_tables(simulate(5, 3, 1).tables)[0], folder)
        code, text, err = say(capsys, folder, "scorecard")
    assert (code, err) == (0, "")
    assert f"Begin with {model.card.start} points" in text
    told = [each for each in model.card.attributes if len({one.points for one in each.bins}) > 1]
    assert len(told) > 1
    assert all(each.column.name in text for each in told)
    page = folder / "card.html"
    assert say(capsys, folder, "scorecard", "--out", page)[0] == 0
    printed = page.read_text(encoding="utf-8")
    assert "@page { size: A4" in printed
    assert printed.count("<tr>") <= 100  # two columns of a page
    (risk,) = model.risks_of([{"score": 420.0, "debt": 9.0, "sector": "004100"}], 20_000, 365, "x")
    assert "points." in risk.reasons[0].text
    code, _, err = say(capsys, folder, *train[:-1], "abacus")
    assert (code, "it has scorecard" in err) == (2, True)


def test_what_answers_now_is_met_by_the_next_candidate(capsys, folder):
    home = fresh_home(folder / "home").home

    def train(frame, day):
        frame.to_csv(folder / "now.csv", index=False)
        files = ("--applications", folder / "now.csv", "--mapping", folder / "map.toml")
        arguments = ("train", "new-customer", *files, "--as-of", day, "--json")
        code, out, err = say(capsys, home, *arguments)
        assert (code, err) == (0, "")
        return json.loads(out)["card"]

    first = train(made(700), "2022-01-01")
    assert first["champion"] == {}
    assert first["shipped"]["ships"] == "the recipe fitted on 700 applications as of 2022-01-01"
    assert first["shipped"]["was_judged"].startswith("fitted on the 4")
    gates = [check["gate"] for check in first["verdict"]["checks"]]
    for words in ("what ships and of what was judged", "megabytes", "milliseconds"):
        assert any(words in gate for gate in gates)
    assert say(capsys, home, "promote", "new-customer", "--force", "a first one")[0] == 0
    stale = train(made(700).head(500), "2022-02-01")
    assert stale["champion"]["version"] == "1"
    assert stale["window"]["champion"] == "version 1, as of 2022-01-01"
    assert stale["verdict"]["outcome"] == "refused"
    assert "end before the champion's" in stale["verdict"]["sentence"]
    code, _, err = say(capsys, home, "promote", "new-customer")
    assert code == 2
    assert "refused by its gates" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["backtest", "new-customer"], "Missing option '--applications'"),
        (["train", "new-customer", "--mapping", "m.toml"], "belong together"),
        (["train", "days-to-pay", "--mapping", "m.toml"], "--mapping is not for 'days-to-pay'"),
        (["backtest", "days-to-pay", "--test", "t.csv"], "No such option: --test"),
    ],
)
def test_options_that_do_not_go_together(capsys, tmp_path, arguments, told):
    code, _, err = say(capsys, tmp_path, *arguments)
    assert code == 2
    assert told in err


def test_the_company_learns_from_its_own_applications(capsys, tmp_path):
    home = fresh_home(tmp_path / "home").home
    storage.save(Ledger.from_tables(simulate(300, 30, 2).tables)[0], home)
    code, out, err = say(capsys, home, "train", "new-customer", "--json")
    assert (code, err) == (0, "")
    card = json.loads(out)["card"]
    assert card["population"]["refused"] > 0
    assert any("accepted-only share" in limit for limit in card["limits"])
    assert card["parameters"]["horizon_days"] == spec("new-customer").horizon_days
    outcomes = {check["gate"]: check["outcome"] for check in card["verdict"]["checks"]}
    honest = [one for gate, one in outcomes.items() if "recorded" in gate]
    assert honest == ["passed", "passed"]  # fresh, and no leak


def test_a_silent_ledger_is_refused(capsys, tmp_path):
    home = fresh_home(tmp_path / "home").home
    ledger = Ledger.from_tables(simulate(40, 20, 2).tables)[0]
    storage.save(ledger, home)
    late = iso(ledger.default_as_of + 90)
    code, out, _ = say(capsys, home, "train", "new-customer", "--as-of", late, "--json")
    assert code == 0
    assert json.loads(out)["card"]["verdict"]["outcome"] == "refused"


def test_a_table_with_dates_is_judged_on_its_latest_part():
    dated = table(900)
    past, new, how = split(dated, 0)
    assert dated.dated_on[past].max() < dated.dated_on[new].min()
    assert how.startswith("dated from")
    past, new, how = split(dated.take(np.arange(25)), 0)
    assert how.startswith("three tenths")
    assert not set(past) & set(new)


def test_too_little_is_not_judged():
    found = ApplicantJudge(spec("new-customer"), table(40)).judge()
    assert found.verdict.outcome == "not verifiable"
    assert found.metrics == {}
