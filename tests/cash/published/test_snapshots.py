"""A published forecast never changes, and what is not as published is refused."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from payrisk.answers import Answers
from payrisk.answers.cash.actuals import hold_against_actuals
from payrisk.answers.cash.publishing import publish
from payrisk.answers.cash.treasury import GRAINS, Outlook
from payrisk.calendar import day_of, iso
from payrisk.cash.published import snapshots
from payrisk.cash.published.override_accuracy import by_owner
from payrisk.cash.published.variance import PARTS
from payrisk.cash.views.adjusting import checked_overrides
from payrisk.errors import InputError, LedgerError, StoreError
from support.company.five_customers import DueDateCurves, Fitted, champions, small_company
from support.ledgers.by_hand import credit, invoice, ledger, link

AS_OF = day_of("2025-06-02")


def outlook(**options) -> Outlook:
    answers = Answers(small_company(), champions(), ledger_sha="1" * 64)
    return Outlook.of(answers, **{"as_of": AS_OF, "horizon_days": 28} | options)


def said(invoice_id: str, on: str, **more: object) -> pd.DataFrame:
    row = {"invoice_id": invoice_id, "instalment": 1, "pays_on": day_of(on), "amount": None,
           "owner": "ann", "source": "user", "reason": "called", "entered_on": AS_OF,
           "expires_on": AS_OF + 60}  # fmt: skip
    return checked_overrides(pd.DataFrame([row | more]))


def test_what_is_published_is_read_back_and_named_in_turn(tmp_path):
    first = publish(outlook(), tmp_path, published_at="2025-06-02T08:00:00+00:00")
    again = publish(outlook(), tmp_path, published_at="2025-06-02T09:00:00+00:00")
    assert (first.name, again.name) == ("2025-06-02-1-1", "2025-06-02-1-2")
    assert snapshots.names(tmp_path) == [first.name, again.name]
    one = outlook()
    assert (first.expected == one.cash.expected).all()
    rows, cents = first.view(adjusted=True)
    assert (cents.sum(axis=1) == rows["residual"] - rows["covered"]).all()
    assert first.manifest["ledger_sha"] == "1" * 64
    assert first.manifest["basis"] == "booking date"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A home with one published forecast, and its name."""
    home = tmp_path_factory.mktemp("published")
    return home, publish(outlook(), home, published_at="x").name


@pytest.mark.parametrize("table", snapshots.TABLES)
def test_a_changed_file_is_refused(published, tmp_path, table):
    home, name = published
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "forecasts" / name / f"{table}.parquet"
    assert not path.stat().st_mode & 0o222
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(content))
    with pytest.raises(StoreError, match="missing or damaged"):
        snapshots.read(tmp_path, name)


@pytest.mark.parametrize("name", ["../../etc-1", "2025-06-02", "2025-06-02-1-1/..", ""])
def test_what_is_no_name_never_reaches_the_disk(tmp_path, name):
    with pytest.raises(InputError, match="names no forecast"):
        snapshots.read(tmp_path, name)
    with pytest.raises(StoreError, match="No forecast"):
        snapshots.read(tmp_path, "2025-06-02-1-9")


def test_published_records_sum_to_the_open_balance_in_both_views(tmp_path):
    kept = publish(outlook(overrides=said("C", "2025-06-25")), tmp_path, published_at="x")
    totals = kept.tables["totals"]
    balance = kept.invoices.groupby("currency")["residual"].sum()
    for view in ("model", "adjusted"):
        for grain in GRAINS:
            own = totals[(totals["view"] == view) & (totals["grain"] == grain)]
            own = own[~own["scope"].isin(["not_issued", "in_all"]).to_numpy()]
            for cut in (own["entity_id"].isna(), own["entity_id"].notna()):
                assert own[cut].groupby("currency")["expected"].sum().equals(balance)
    week = totals[(totals["grain"] == "week") & totals["entity_id"].isna()]
    by_view = {view: own["expected"].tolist() for view, own in week.groupby("view")}
    assert by_view["model"] != by_view["adjusted"]


def test_two_forecasts_compared_add_up(tmp_path):
    before = publish(outlook(), tmp_path, published_at="x")
    later = publish(outlook(as_of=AS_OF + 7), tmp_path, published_at="x")
    row = snapshots.compare(before, later).iloc[0]
    assert (iso(row["starts_on"]), iso(row["ends_on"])) == ("2025-06-09", "2025-06-29")
    assert row["before"] + row["gone"] + row["new"] + row["revised"] == row["after"]
    assert row["before"] == before.expected[:, 7:28].sum()
    assert row["after"] == later.expected[:, :21].sum()
    with pytest.raises(InputError, match="no day in common"):
        snapshots.compare(before, publish(outlook(as_of=AS_OF + 28), tmp_path, published_at="x"))


def paid_later():
    """Invoice A is promised for 20 February and paid that day; B by the model's days."""
    return ledger(
        invoices=[invoice(), invoice("B", 50_00)],
        credits=[credit("p", 100_00, "2025-02-20"), credit("q", 50_00, "2025-04-01")],
        allocations=[link("p", "A", 100_00, "2025-02-20"), link("q", "B", 50_00, "2025-04-01")],
    )


def test_held_against_what_came(tmp_path):
    as_of = day_of("2025-02-10")
    answers = Answers(paid_later(), {"days-to-pay": Fitted(DueDateCurves())}, ledger_sha="2" * 64)
    user = said("A", "2025-02-20", entered_on=as_of, expires_on=as_of + 30)
    user = pd.concat([user, said("B", "2025-02-12", owner="bob", entered_on=as_of)])
    kept = publish(
        Outlook.of(answers, as_of=as_of, horizon_days=28, overrides=user),
        tmp_path,
        published_at="x",
    )
    found = hold_against_actuals(kept, answers.ledger, end_on=as_of + 27)
    row = found.variance.totals.iloc[0]
    # With two invoices billed so far, little is expected of what will be, yet not nothing.
    not_issued = kept.tables["not_issued"]["expected"].sum()
    assert 0 < not_issued < 20_00
    assert (row["expected"], row["actual"]) == (135_00 + not_issued, 100_00)
    assert row["expected"] + row[list(PARTS)].sum() == row["actual"]
    assert found.buckets["actual"].sum() == 100_00
    assert found.buckets.loc[found.buckets["actual"] > 0, "starts_on"].tolist() == [
        day_of("2025-02-17")
    ]
    both = hold_against_actuals(kept, answers.ledger, end_on=as_of + 27, adjusted=True)
    assert both.variance.totals.iloc[0]["expected"] == 150_00 + not_issued
    owners = by_owner(found.overrides).set_index("owner")
    assert owners.loc["ann", ["kept_share", "override_error", "model_error"]].tolist() == [
        1.0, 0, 10_00,
    ]  # fmt: skip
    assert owners.loc["bob", ["kept_share", "override_error"]].tolist() == [0.0, 50_00]
    assert owners.loc["ann", "better_share"] == 1.0
    with pytest.raises(LedgerError, match="not over"):
        hold_against_actuals(kept, answers.ledger, known_before=as_of + 3, end_on=as_of + 10)


def test_the_view_of_expected_is_whole_cents(tmp_path):
    kept = publish(outlook(), tmp_path, published_at="x")
    assert kept.expected.dtype == np.int64
