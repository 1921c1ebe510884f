from __future__ import annotations

import json

import pandas as pd
import pytest

from payrisk.calendar import iso
from payrisk.cli import run
from payrisk.features.catalogue.all import CATALOGUE, DEFINED, catalogue_hash
from payrisk.ledger.stored import storage
from support.ledgers.messy import START, messy_ledger

AS_OF = ["--as-of", iso(START + 150)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    path = tmp_path_factory.mktemp("home")
    storage.save(messy_ledger(4, 60), path)
    return path


def say(capsys, *arguments):
    code = run(list(map(str, arguments)))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_list_tells_of_every_feature_within_100_columns(capsys):
    code, out, err = say(capsys, "features", "list")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100
    assert {line.split(" ")[0] for line in lines if "__" in line} == set(DEFINED)
    words = " ".join(out.split())
    for feature in DEFINED.values():
        assert feature.meaning in words
        assert feature.definition_hash in words
    headings = [line for line in lines if line.endswith(")") and not line.startswith(" ")]
    assert [line.split()[0] for line in headings] == [
        "customer", "parent", "segment", "country", "weekday", "invoice", "day",
    ]  # fmt: skip


def test_the_list_as_json_has_what_a_program_needs(capsys):
    code, out, _ = say(capsys, "features", "list", "--json")
    records = {record["name"]: record for record in json.loads(out)}
    assert code == 0
    assert list(records) == list(DEFINED)
    one = records["customer__limit__use__now"]
    assert one["meaning"] == "What the customer owes over its credit limit."
    assert (one["unit"], one["low"], one["high"]) == ("share", 0.0, None)
    assert (one["direction"], one["more_means"]) == (1, "later/riskier")
    assert (one["sources"], one["attributes"]) == (["open"], ["limit"])
    assert one["definition_hash"] == CATALOGUE["customer__limit__use__now"].definition_hash
    assert {record["more_means"] for record in records.values()} == {
        "later/riskier", "earlier/safer", "neither",
    }  # fmt: skip


def test_the_list_of_a_stream_is_of_what_reads_it(capsys):
    _, out, _ = say(capsys, "features", "list", "--sources", "promise", "--json")
    names = {record["name"] for record in json.loads(out)}
    assert names == {name for name, f in DEFINED.items() if "promise" in f.sources}
    assert 0 < len(names) < 10
    code, _, err = say(capsys, "features", "list", "--sources", "promises")
    assert code == 2
    assert "did you mean 'promise'" in err


def test_hazards_of_days_name_their_streams(capsys):
    _, out, _ = say(capsys, "features", "list", "--sources", "reached", "--json")
    assert "day__customer__hazard__all" in {record["name"] for record in json.loads(out)}


@pytest.mark.parametrize("of", ["open", "issue", "customers"])
def test_build_writes_the_file_and_says_what_is_in_it(of, capsys, home, tmp_path):
    out_file = tmp_path / "f.parquet"
    asked = ["--home", home, "features", "build", *AS_OF, "--out", out_file, "--of", of]
    code, out, err = say(capsys, *asked)
    assert (code, err) == (0, "")
    frame = pd.read_parquet(out_file)
    for part in (of, str(len(frame)), str(len(CATALOGUE)), str(out_file), catalogue_hash()):
        assert part in out
    told = json.loads(say(capsys, *asked, "--json")[1])
    assert told.pop("seconds") >= 0
    assert told == {
        "of": of,
        "as_of": iso(START + 150),
        "rows": len(frame),
        "features": len(CATALOGUE),
        "file": str(out_file),
        "catalogue_hash": catalogue_hash(),
        "allowed_undated": [],
    }


def test_build_takes_some_features_by_name(capsys, home, tmp_path):
    out_file, names = tmp_path / "f.parquet", list(CATALOGUE)[3:6]
    asked = ["--home", home, "features", "build", "--out", out_file]
    both = ["--features", f"{names[0]},{names[1]}", "--features", names[2]]
    assert say(capsys, *asked, *both)[0] == 0
    assert list(pd.read_parquet(out_file).columns)[4:] == names


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--as-of", "1999-01-01"], "first fact was recorded on"),
        (["--as-of", "1.2.2025"], "is not a date"),
        (["--features", "customer__open__n"], "did you mean 'customer__open__n__now'"),
        (["--of", "invoices"], "choose open, issue, customers"),
        (["--allow-undated", "colour"], "No feature reads an attribute 'colour'"),
    ],
)
def test_a_mistake_is_one_sentence_and_writes_nothing(arguments, sentence, capsys, home, tmp_path):
    out_file = tmp_path / "f.parquet"
    asked = ["--home", home, "features", "build", "--out", out_file]
    code, out, err = say(capsys, *asked, *arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
