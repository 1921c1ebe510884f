"""Probes hold what they try, and find out what is broken; the table says what was not tried."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from payrisk.cli import run
from payrisk.cli.running.prove import probe_paths
from payrisk.errors import InputError, StoreError
from payrisk.store import DecisionStore

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def table(capsys, monkeypatch, tmp_path):
    """Run `python -m proofs` here: its code and the rows it printed."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setenv("PAYRISK_HOME", str(tmp_path))
    proofs = importlib.import_module("proofs.__main__")

    def table_(*arguments):
        code = proofs.main([*arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)["rows"]

    return table_


def test_a_probe_holds_finds_its_broken_twin_out_and_is_not_reached_by_few(table, tmp_path):
    for name, tried in (("tokens", 1_000), ("artefact", 180)):
        code, (row,) = table(name)
        assert (code, row["count"], row["failures"], row["is_reached"]) == (0, tried, 0, False)
        assert row["twin"].startswith("caught: ")
    # kept as they finished, and not run again
    kept = tmp_path / "proofs" / "short-7.jsonl"
    changed = [json.loads(line) | {"sentence": "kept"} for line in kept.read_text().splitlines()]
    kept.write_text("".join(json.dumps(row) + "\n" for row in changed) + '{"cut off')
    code, (row,) = table("artefact", "--resume")
    assert (code, row["sentence"]) == (0, "kept")


def test_a_twin_that_is_not_found_out_is_a_failure(table, monkeypatch):
    keys = importlib.import_module("proofs.keys")
    blind = replace(keys.TOKENS, twin=keys.forge)
    monkeypatch.setattr(keys, "TOKENS", blind)
    code, (row,) = table("tokens")
    assert (code, row["failures"], row["twin"][:10]) == (1, 0, "NOT CAUGHT")


def test_in_ci_what_starts_a_service_is_left_to_its_test_and_told_so(table):
    code, (row,) = table("kill9", "--profile", "ci")
    assert (code, row["count"], row["is_reached"]) == (0, None, False)
    assert "./payrisk test tests/api/test_process.py" in row["sentence"]
    registry = importlib.import_module("proofs.registry")
    for name in registry.ROOMS:
        probe = registry.probe_of(name)
        assert probe.size("ci") or (BENCHMARKS.parent / probe.tests).exists(), name
        assert probe.size("ci") <= probe.size("short") <= probe.size("full")


def test_every_probe_is_of_a_figure_and_what_has_none_says_so(table):
    registry = importlib.import_module("proofs.registry")
    figures = importlib.import_module("proofs.figures").FIGURES
    assert set(registry.ROOMS) <= {figure.name for figure in figures}
    assert [figure.number for figure in figures] == [*map(str, range(1, 42)), "+"]
    code, (row,) = table("overload")
    assert (code, row["count"], row["is_reached"]) == (0, None, False)
    assert row["sentence"] == "no probe yet"


def test_the_command_passes_on_how_it_ended(capfd):
    assert run(["prove", "overload"]) == 0
    assert "no probe yet" in capfd.readouterr().out
    assert run(["prove", "no-such"]) == 2


def test_it_takes_a_checkout(tmp_path):
    with pytest.raises(InputError, match="clone the repository"):
        probe_paths(tmp_path / "benchmarks", "all")


def test_a_store_that_cannot_write_while_it_opens_says_so_in_a_sentence(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    watched_files = importlib.import_module("proofs.durable.watched_files")
    url = f"sqlite:///{tmp_path / 'decisions.db'}"
    DecisionStore(url).close()
    sentences = []

    def refused_from(nth):
        n_seen = 0

        def heed(_event):
            nonlocal n_seen
            n_seen += 1
            return 13 * (n_seen >= nth)

        return heed

    for nth in range(1, 11):
        with watched_files.watched(refused_from(nth)):
            try:
                DecisionStore(url).close()
            except StoreError as error:
                sentences.append(str(error))
    assert len(sentences) > 3
    assert all("is full" in sentence and "\n" not in sentence for sentence in sentences)
    DecisionStore(url).close()
