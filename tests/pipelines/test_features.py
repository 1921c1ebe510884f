"""Files of features: what they hold, that the future cannot be seen in them, and mistakes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from payrisk.calendar import NEVER, date_of
from payrisk.errors import InputError, LedgerError
from payrisk.features import CATALOGUE, LedgerStreams, Moments, catalogue_hash
from payrisk.features import build as worked_out
from payrisk.ledger import Ledger
from payrisk.ledger.facts.tables import TABLES
from payrisk.ledger.stored import storage
from payrisk.settings import Settings
from payrisk_pipelines.features import WANTED, build
from support.ledgers.messier import messier_ledger
from support.ledgers.messy import START, messy_ledger

KEYS = ["customer_id", "invoice_id", "instalment", "as_of"]
FEW = ["customer__open__sum__now", "customer__days_late__mean__all"]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    storage.save(messy_ledger(4, 60), home)
    return Settings.read(home=home)


def written(settings, out, **asked):
    made = build(settings, out / "f.parquet", **asked)
    frame = pd.read_parquet(made.path)
    assert (len(frame), len(frame.columns) - len(KEYS)) == (made.rows, made.features)
    return made, frame


def otherwise(ledger, day, seed):
    """The same ledger where all that is recorded on the day or later says something else."""
    g, tables = np.random.default_rng(seed), {}
    for name, frame in ledger.tables.items():
        later = np.flatnonzero((frame["recorded_on"] >= day).to_numpy())
        noise = frame.iloc[later].copy()
        for column in TABLES[name].columns:
            if column.name in TABLES[name].key or (column.kind == "text" and name == "events"):
                continue  # what an event is about must go with what it says
            values = noise[column.name]
            if column.name == "recorded_on":
                noise[column.name] = day + g.integers(0, 200, len(noise))
            elif column.kind == "cents" and column.required:
                noise[column.name] = values * 3 + 1
            elif column.kind == "day":
                noise[column.name] = np.where(values == NEVER, NEVER, values - 17)
            elif column.kind in ("text", "rate", "flag"):
                noise[column.name] = g.permutation(values.to_numpy(dtype=object))
        rest = frame.drop(index=frame.index[later])
        mixed = pd.concat([rest, noise.astype(frame.dtypes)])
        tables[name] = mixed.loc[frame.index]
    return Ledger(tables, ledger.rules)


def test_open_invoices_have_a_row_each(settings, tmp_path):
    made, frame = written(settings, tmp_path, as_of=START + 150)
    books = messy_ledger(4, 60).as_of(START + 150).open_invoices()
    assert list(frame.columns) == [*KEYS, *CATALOGUE]
    assert frame["as_of"].unique().tolist() == [date_of(START + 150)]
    rows, expected = (set(map(tuple, f[KEYS[1:3]].to_numpy())) for f in (frame, books))
    assert rows == expected
    assert made.catalogue_hash == catalogue_hash()
    assert {str(pq.read_schema(made.path).field(name).type) for name in CATALOGUE} == {"float"}


def test_the_numbers_are_those_of_build(settings, tmp_path):
    ledger = storage.load(settings.home)
    _, frame = written(settings, tmp_path, as_of=START + 150, names=FEW)
    expected = worked_out(
        LedgerStreams.of(ledger), Moments.open_invoices(ledger, [START + 150]), FEW
    )
    assert frame[FEW].to_numpy().tobytes() == expected.frame().to_numpy().tobytes()


def test_at_issue_each_invoice_known_stands_on_its_own_morning(settings, tmp_path):
    ledger = storage.load(settings.home)
    _, frame = written(settings, tmp_path, as_of=START + 120, of="issue", names=FEW)
    invoices = ledger.tables["invoices"]
    known = invoices[(invoices[["issued_on", "recorded_on"]] < START + 120).all(axis=1)]
    assert 0 < len(known) < len(invoices)
    expected = known.assign(as_of=[date_of(day) for day in known["issued_on"]])[KEYS[1:]]
    rows, expected = (set(map(tuple, f.to_numpy())) for f in (frame[KEYS[1:]], expected))
    assert rows == expected


def test_customers_have_a_row_each_under_the_name_they_go_by(settings, tmp_path):
    for day in (START + 89, START + 92):  # c2 became c3 on the 90th
        _, frame = written(settings, tmp_path, as_of=day, of="customers", names=FEW)
        assert ("c2" in set(frame["customer_id"])) == (day == START + 89)
        assert frame["customer_id"].is_monotonic_increasing
        assert frame[["invoice_id", "instalment"]].isna().all(axis=None)


@pytest.mark.parametrize("of", WANTED)
@pytest.mark.parametrize("seed", range(3))
def test_nothing_recorded_on_the_day_or_later_shows(of, seed, tmp_path, settings):
    ledger = messier_ledger(seed, 40)
    days = [f["recorded_on"].to_numpy() for f in ledger.tables.values()]
    days = np.unique(np.concatenate(days))
    days = days[(days > ledger.first_day) & (days < NEVER)]
    day = int(days[int(len(days) * (0.25 + 0.1 * seed))])
    asked = {"as_of": day, "of": of}
    _, whole = written(settings, tmp_path, ledger=ledger, **asked)
    _, known = written(settings, tmp_path, ledger=otherwise(ledger, day, seed), **asked)
    assert len(whole)
    pd.testing.assert_frame_equal(whole, known, check_exact=True)


@pytest.mark.parametrize(
    ("asked", "error", "sentence"),
    [
        ({"as_of": START - 30}, LedgerError, "first fact was recorded"),
        ({"names": ["customer__open__sum_now"]}, InputError, "'customer__open__sum__now'"),
        ({"of": "invoices"}, InputError, "choose open, issue, customers"),
    ],
)
def test_a_mistake_writes_nothing(asked, error, sentence, settings, tmp_path):
    with pytest.raises(error, match=sentence):
        build(settings, tmp_path / "f.parquet", **asked)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_nothing_half_done(settings, tmp_path):
    (tmp_path / "taken.parquet").mkdir()
    (tmp_path / "file").write_text("")
    for out in ("taken.parquet", "file/f.parquet"):
        with pytest.raises(InputError, match="cannot be written"):
            build(settings, tmp_path / out, names=FEW)
    with pytest.raises(InputError, match=r"end it in \.parquet"):
        build(settings, tmp_path / "f.csv", names=FEW)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "taken.parquet"]


def test_a_file_that_is_there_is_replaced_whole(settings, tmp_path):
    _, first = written(settings, tmp_path, as_of=START + 150, names=FEW)
    _, second = written(settings, tmp_path, as_of=START + 90, names=FEW[:1])
    assert len(first.columns) == len(second.columns) + 1
    assert [p.name for p in tmp_path.iterdir()] == ["f.parquet"]
