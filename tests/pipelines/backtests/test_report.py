"""The report: well-formed, self-contained, accessible, and true to the tables."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from payrisk.errors import InputError
from payrisk.settings import Settings
from payrisk_pipelines.backtests.days_to_pay import (
    RollingWindow,
    backtest_days_to_pay,
    windows_of,
)
from payrisk_pipelines.backtests.report import report, require_writable
from support.ledgers.messy import START, messy_ledger

SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "link", "br", "img", "hr"}


class Outline(HTMLParser):
    """Tags with their attributes, and whether each is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.tags = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module", params=["rolling", "landmarks"])
def made(request):
    asked = {
        "rolling": {"rolling": RollingWindow(START + 80, START + 140, 30, test_days=8)},
        "landmarks": {
            "train_as_of": START + 100,
            "landmark_range": (START + 100, START + 142, 7),
        },
    }
    found = backtest_days_to_pay(
        Settings.read(), windows_of(**asked[request.param]), ledger=messy_ledger(4, 200)
    )
    text = report(found)
    outline = Outline()
    outline.feed(text)
    return found, text, outline


def test_every_tag_is_closed_and_every_id_is_there_once(made):
    _, _, outline = made
    assert outline.open == []
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = {n for _, attrs in outline.tags for n in attrs.get("aria-labelledby", "").split()}
    links = {attrs["href"][1:] for tag, attrs in outline.tags if tag == "a"}
    assert named | links <= set(ids)


def test_it_needs_no_network_and_no_script(made):
    _, text, outline = made
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in outline.tags}
    assert not any("src" in attrs for _, attrs in outline.tags)
    assert set(re.findall(r"https?://[^\"' <]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in text


def test_each_chart_is_named_described_and_has_its_table(made):
    _, text, _ = made
    figures = re.findall(r"<figure>.*?</figure>", text, re.DOTALL)
    charts = [
        "CRPS by method", "NLL by method", "CRPS difference", "NLL difference", "CRPS per",
        "CRPS by settled invoices known", "CRPS by terms", "CRPS by weekday due",
        "Reliability of the chance of being late", "PIT histogram", "Error by days ahead",
    ]  # fmt: skip
    titles = []
    for figure in figures:
        drawn = ET.fromstring(figure[figure.index("<svg") : figure.index("</svg>") + 6])
        assert drawn.get("role") == "img"
        titles.append(drawn.find(f"{SVG}title").text)
        assert drawn.find(f"{SVG}desc").text.endswith(".")
        numbers = "".join(
            value for part in drawn.iter() for key, value in part.attrib.items() if key != "id"
        )
        assert "nan" not in numbers
        assert "<table>" in figure
        assert "<caption>" in figure
    for chart in charts:
        assert any(title.startswith(chart) for title in titles), chart


def test_it_says_what_the_backtest_says(made):
    found, text, _ = made
    assert found.sentence in text
    assert f"{found.metrics['customer-ecdf']['crps']:.4g}" in text
    assert "What the ledger held at training" in text
    assert "still open" in text


def test_light_and_dark_are_both_told(made):
    assert made[1].count("prefers-color-scheme: dark") == 2


def test_a_place_that_cannot_be_written_is_said_at_once(tmp_path):
    assert require_writable(tmp_path / "new" / "r.html").parent.is_dir()
    with pytest.raises(InputError, match="cannot be written"):
        require_writable(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        require_writable(tmp_path / "file" / "r.html")
