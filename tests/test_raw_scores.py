"""Raw scores of golden rows hold to the last bit; a bundle from before they were kept is read."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pandas as pd
import pytest

from payrisk import bundle
from payrisk.errors import ModelError
from support.bundles.every_kind import of_kind, rewritten
from support.ledgers.messy import START, messy_ledger


@pytest.fixture(scope="module")
def of_kinds(tmp_path_factory):
    """A bundle of each kind of model."""
    history = messy_ledger(5, 120).as_of(START + 150)
    root = tmp_path_factory.mktemp("kinds")
    return {kind: of_kind(kind, history, root / kind) for kind in bundle.KINDS}


def one_raw_moved(content):
    """The first golden row with its first raw score or count moved by the least there is."""
    first, _, rest = content.decode().partition("\n")
    line = json.loads(first)
    told = line["raw"]["settled"] if isinstance(line["raw"], dict) else line["raw"]
    one = told[0]
    told[0] = one + 1 if isinstance(one, int) else math.nextafter(one, math.inf)
    assert told[0] != one
    return f"{json.dumps(line, sort_keys=True)}\n{rest}".encode()


def without_raw(content):
    lines = [json.loads(line) for line in content.decode().splitlines()]
    for line in lines:
        del line["raw"]
    return "".join(f"{json.dumps(line, sort_keys=True)}\n" for line in lines).encode()


@pytest.mark.parametrize("kind", bundle.KINDS)
def test_a_raw_score_that_moved_in_its_last_bit_is_refused(of_kinds, kind, tmp_path):
    bundle.load(of_kinds[kind])  # told and read back in a process apart
    copy = rewritten(of_kinds[kind], tmp_path / "1", "golden.jsonl", one_raw_moved)
    with pytest.raises(ModelError, match="raw scores of its golden rows to the last bit; train"):
        bundle.load(copy, trial_seconds=0)


@pytest.mark.parametrize("kind", bundle.KINDS)
def test_a_bundle_from_before_raw_scores_were_kept_is_read(of_kinds, kind, tmp_path):
    copy = rewritten(of_kinds[kind], tmp_path / "1", "golden.jsonl", without_raw)
    assert bundle.load(copy, trial_seconds=0).model.kind == kind


@pytest.mark.parametrize("kind", bundle.KINDS)
def test_a_row_has_the_same_raw_scores_alone_as_among_others(of_kinds, kind):
    model = bundle.load(of_kinds[kind], trial_seconds=0).model
    lines = (of_kinds[kind] / "golden.jsonl").read_text().splitlines()
    rows = pd.DataFrame([json.loads(line)["input"] for line in lines])
    every = model.raw(rows)
    assert [model.raw(rows.iloc[[at]])[0] for at in range(3)] == every[:3]
    assert model.raw(rows.head(0)) == []


def test_trees_that_were_not_fitted_have_no_raw_scores(of_kinds):
    curves, risk = (
        bundle.load(of_kinds[kind], trial_seconds=0).model
        for kind in ("daily-hazard", "default-risk")
    )
    lines = (of_kinds["daily-hazard"] / "golden.jsonl").read_text().splitlines()
    rows = pd.DataFrame([json.loads(line)["input"] for line in lines[:2]])
    assert [said["money"] for said in replace(curves, money=()).raw(rows)] == [[], []]
    assert replace(risk, trees="", names=()).raw(rows) == [[], []]
