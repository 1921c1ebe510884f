"""What a run shows: a page and pictures that need nothing else and name no customer."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from payrisk.learning.judging.card import ModelCard
from payrisk.learning.judging.evidence import Evidence
from payrisk.learning.judging.gates import judge
from payrisk.learning.judging.spec import Gate
from payrisk.settings import Settings
from payrisk_pipelines.backtests.days_to_pay import (
    RollingWindow,
    backtest_days_to_pay,
    windows_of,
)
from payrisk_pipelines.training.run_papers import horizons_of, run_documents, slices_of
from support.ledgers.messy import START, messy_ledger

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def found():
    rolling = RollingWindow(START + 80, START + 140, 30, test_days=8)
    return backtest_days_to_pay(
        Settings.read(), windows_of(rolling=rolling), ledger=messy_ledger(4, 200)
    )


@pytest.fixture(scope="module")
def card(found):
    metrics = found.metrics
    gates = (Gate("crps", 0.9, "times", "due-plus-mean"), Gate("pit_deviation", 1e-9))
    return ModelCard(
        found.name, "What it <is> for.", "How.", START + 150, "ab" * 32, {"invoices": 7},
        {"rows": found.n_rows}, metrics, judge(found.name, gates, metrics),
    )  # fmt: skip


def told(papers):
    return papers["report.html"].decode()


def test_the_page_holds_the_verdict_the_gates_and_the_backtest(found, card):
    text = told(run_documents(found, card))
    assert "Refused: pit_deviation at most 1e-09" in text
    assert "<td>crps at most 0.9 times due-plus-mean" in text or (
        ">crps at most 0.9 times due-plus-mean<" in text
    )
    assert "What it &lt;is&gt; for." in text
    assert f"{found.metrics['customer-ecdf']['crps']:.4g}" in text
    assert "Error by days ahead" in text
    assert set(re.findall(r"https?://[^\"' <]+", text)) == {"http://www.w3.org/2000/svg"}
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))


def test_no_paper_names_a_customer(found, card):
    everything = b"".join(run_documents(found, card).values()).decode()
    customers = set(found.comparison.rows["customer_id"])
    assert customers
    words = set(re.findall(r"[\w-]+", everything))
    assert not customers & words


def test_every_chart_is_a_picture_that_stands_alone(found, card):
    papers = run_documents(found, card)
    charts = {name: text for name, text in papers.items() if name.endswith(".svg")}
    for name in (
        "charts/reliability-of-the-chance-of-being-late.svg",
        "charts/pit-histogram.svg",
        "charts/error-by-days-ahead.svg",
        "charts/crps-by-method.svg",
        "charts/crps-by-terms.svg",
    ):
        assert name in charts
    assert len(charts) >= told(papers).count("<svg")
    for name, text in charts.items():
        drawn = ET.fromstring(text)
        assert drawn.tag == f"{SVG}svg"
        style = drawn.find(f"{SVG}style").text
        assert set(re.findall(rb"var\((--s\d)\)", text)) <= {
            known.encode() for known in re.findall(r"(--s\d):", style)
        }, name


def test_a_card_without_a_backtest_of_curves_still_has_its_page(card):
    slices = pd.DataFrame({"slice": ["seen"], "group": ["1-4 invoices"], "n": [3]})
    bins = pd.DataFrame(
        {"model": ["default-risk"] * 2, "n": [5, 6], "said": [0.1, 0.4], "came": [0.0, 0.5]}
    )
    metrics = {"default-risk": {"log_loss": 0.2, "auc": 0.8}, "base-rate": {"log_loss": 0.3}}
    risk = replace(
        card, name="default-risk", metrics=metrics,
        evidence=Evidence({}, slices, bins, "default"),
    )  # fmt: skip
    papers = run_documents(None, risk)
    assert set(papers) == {
        "report.html", "calibration.svg", "charts/log-loss-by-model.svg", "charts/auc-by-model.svg"
    }  # fmt: skip
    assert "1-4 invoices" in told(papers)
    assert slices_of(None, risk) is slices
    bare = replace(risk, metrics={}, evidence=Evidence())
    assert set(run_documents(None, bare)) == {"report.html"}
    assert slices_of(None, bare) is None
    assert horizons_of(None) is None


def test_tables_for_a_run_are_those_of_the_backtest(found, card):
    assert slices_of(found, card) is found.comparison.slices
    days = horizons_of(found)
    assert list(days)[:3] == ["days_ahead", found.name, found.comparison.reference]
    assert days["days_ahead"].max() <= 120
    assert len(days) > 30
