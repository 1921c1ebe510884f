"""Definition hashes: they change with what values may depend on, and values not without them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from payrisk.features import LedgerStreams, Moments, build, build_days
from payrisk.features.catalogue import terms as e
from payrisk.features.catalogue.all import CATALOGUE, DEFINED, catalogue_hash
from payrisk.features.catalogue.daily import DAILY
from payrisk.features.catalogue.feature import define_feature
from payrisk.features.streams import sources as sources_
from payrisk.ledger import Ledger
from payrisk.ledger.facts.completing import complete
from support.home.golden_files import UPDATE
from support.ledgers.messy import START, messy_tables

GOLDEN = Path(__file__).with_name("definitions.json")
AGAIN = "PAYRISK_UPDATE_GOLDEN=1 ./payrisk test tests/features/test_definitions.py"
"""The one line that writes the golden file anew; delete the file first if the ledger changed."""


def small_ledger():
    """A messy ledger with what `messy` lacks: attributes, promises, reminders, rates."""
    tables, g = messy_tables(37, 60), np.random.default_rng(37)
    told = [
        {"customer_id": f"c{i}", "name": name, "value": value, "valid_on": START + 40 * turn + i,
         "recorded_on": START + 40 * turn + 2 * i}
        for i in range(5)
        for turn in range(2)
        for name, value in (
            ("limit", str(int(g.integers(1, 9)) * 100_000)),
            ("segment", str(g.choice(["big", "small"]))),
            ("blocked", ("yes", "no")[(i + turn) % 2]),
        )
    ]  # fmt: skip
    tables["attributes"] = complete("attributes", pd.DataFrame(told))
    said = [
        {"event_id": f"{kind}{at}", "kind": kind, "subject_kind": "invoice",
         "subject": row.invoice_id, "instalment": row.instalment,
         "happened_on": row.issued_on + after, "refers_on": row.issued_on + after + 20}
        for at, row in enumerate(tables["invoices"].itertuples())
        for kind, after in (("promise", 15), ("reminder", 35))
        if g.random() < 0.6
    ]  # fmt: skip
    said += [
        {"event_id": f"handed{at}", "kind": "handed_over", "subject_kind": "invoice",
         "subject": row.invoice_id, "instalment": row.instalment,
         "happened_on": row.issued_on + 50}
        for at, row in enumerate(tables["invoices"].itertuples())
        if at % 3 == 0
    ]  # fmt: skip
    events = [tables["events"], complete("events", pd.DataFrame(said))]
    tables["events"] = pd.concat(events, ignore_index=True)
    rates = [
        {"from": base, "to": quote, "valid_on": START + day, "rate": rate * (1 + day / 1000)}
        for base, quote, rate in (
            ("EUR", "USD", 1.1),
            ("EUR", "JPY", 150.0),
            ("USD", "JPY", 140.0),
        )
        for day in (-60, 0, 60, 120)
    ]
    tables["rates"] = complete("rates", pd.DataFrame(rates))
    return Ledger.from_tables(tables)[0]


def golden_values():
    """Name → its values on the small ledger, as text: at issue, open, of customers; of days."""
    one = small_ledger()
    known, at_issue = LedgerStreams.of(one), Moments.at_issue(one)
    asked = [
        at_issue.take(np.arange(0, len(at_issue), 4)),
        Moments.open_invoices(one, [START + 130, START + 220]),
        Moments.customers(one, [f"c{i}" for i in range(6)], START + 170),
    ]
    found = {
        name: np.concatenate([build(known, moments).column(name) for moments in asked])
        for name in CATALOGUE
    }
    row = np.repeat(np.arange(len(asked[1])), 3)
    day = asked[1].as_of[row] + np.tile([0, 3, 42], len(asked[1]))  # a Sunday, a holiday
    days = build_days(known, asked[1], row, day)
    found |= {name: days.column(name) for name in DAILY}
    return {name: " ".join(f"{value:.6g}" for value in own) for name, own in found.items()}


@pytest.fixture(scope="module")
def now():
    """Name → hash and values, as the code stands."""
    values = golden_values()
    return {
        name: {"hash": feature.definition_hash, "values": values[name]}
        for name, feature in DEFINED.items()
    }


def test_values_move_only_with_their_definition(now):
    then = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    silent = [
        name
        for name, own in now.items()
        if name in then
        and own["hash"] == then[name]["hash"]
        and own["values"] != then[name]["values"]
    ]
    assert not silent, (
        f"{len(silent)} features have other values under the same definition hash, {silent[:3]}:"
        " a bundle trained on the old values would take the new ones. Change the sentence that"
        " says the rule (features/streams/sources.py, or `definition` of the feature), so that"
        f" its hash changes; then: {AGAIN}"
    )
    if UPDATE:
        GOLDEN.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        then = now
    changed = sorted(
        name
        for name in then  # one that is new refuses no bundle
        if then[name]["hash"] != now.get(name, {}).get("hash")
    )
    assert not changed, (
        f"{len(changed)} definitions are gone or changed, {changed[:3]}: bundles that use one"
        f" will be refused. If that is meant: {AGAIN}"
    )


def test_the_golden_values_tell_something_of_every_feature(now):
    said = {name: set(own["values"].split()) - {"nan"} for name, own in now.items()}
    assert [name for name, values in said.items() if len(values) < 2] == []


@pytest.mark.parametrize("name", DEFINED)
def test_a_hash_follows_the_term_the_unit_and_the_rules_but_not_the_words(name, monkeypatch):
    feature = DEFINED[name]
    own = feature.definition_hash
    assert replace(feature, meaning="Said otherwise.").definition_hash == own
    assert replace(feature, low=-1.0, high=2.0, direction=0).definition_hash == own
    others = [
        replace(feature, term=feature.term + 0.0),
        replace(feature, unit="weeks"),
        replace(feature, name=f"{name}x"),
        replace(feature, definition="told otherwise"),
    ]
    assert own not in {other.definition_hash for other in others}
    for stream in sources_.SOURCES:
        source = sources_.SOURCES[stream]
        with monkeypatch.context() as patch:
            patch.setitem(sources_.SOURCES, stream, replace(source, rule=f"{source.rule} Now."))
            assert (feature.definition_hash != own) == (stream in feature.sources)


def test_every_feature_has_a_definition_of_its_own():
    assert len({feature.definition_hash for feature in DEFINED.values()}) == len(DEFINED)
    assert set(DEFINED) == {*CATALOGUE, *DAILY}
    assert not set(CATALOGUE) & set(DAILY)


def test_what_a_feature_says_is_fit_for_people():
    for name, feature in DEFINED.items():
        assert name == feature.name
        assert len(name.split("__")) == 4, name
        assert feature.meaning[0].isupper()
        assert feature.meaning.endswith(".")
        assert feature.low < feature.high
        assert feature.direction in (-1, 0, 1)
        assert feature.unit


def test_the_hash_of_a_catalogue_is_of_its_definitions_in_their_order():
    names = list(CATALOGUE)
    assert catalogue_hash(names) == catalogue_hash()
    assert catalogue_hash(names[::-1]) != catalogue_hash()
    assert catalogue_hash(names[:-1]) != catalogue_hash()


def test_streams_and_attributes_are_found_wherever_a_term_hides_them():
    term = e.minimum("open", "due_on", "segment") + e.first_known(
        e.day_of_item("first", "cash") * e.attribute("limit"),
        e.statistic_of_latest("settled", "days_late", "mean", 3),
    )
    feature = define_feature("x", "days", "X.", term - e.at_lag("reached", "lag"))
    assert feature.sources == ("cash", "open", "reached", "settled")
    assert feature.attributes == ("limit", "segment")
