"""Scenarios, positions and actuals speak of all receipts unless open invoices are asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from payrisk.answers.cash.actuals import hold_against_actuals
from payrisk.answers.cash.changed_receipts import changes_side_by_side, described
from payrisk.answers.cash.coming_positions import (
    coming_positions,
    expected_billing,
)
from payrisk.answers.cash.publishing import IN_ALL, publish
from payrisk.cash.published import snapshots
from payrisk.cash.views.changed_band import BILLED_DAYS, billed_shares
from payrisk.cash.views.scenarios import side_by_side
from support.company.receiving import receiving, receiving_ledger


@pytest.fixture(scope="module")
def ledger():
    return receiving_ledger()


@pytest.fixture(scope="module")
def receipts(ledger):
    return receiving(ledger)


def test_scenarios_move_all_receipts_and_say_so(receipts):
    entity = receipts.cash.invoices["entity_id"].iloc[0]
    changes = receipts.outlook.scenarios(["slower:50", f"stops:entity:{entity}", "largest:2:9"])
    table = changes_side_by_side(receipts, changes, "week")
    weeks = table[table["part"] == "week"]
    assert set(weeks["layer"]) == {"all_receipts"}
    assert (weeks["expected"] == weeks["open_invoices"] + weeks["not_yet_issued"]).all()
    base = weeks[weeks["scenario"] == "base"].reset_index(drop=True)
    assert base["expected"].tolist() == receipts.in_all("week")["expected"].tolist()
    sums = weeks.groupby(["scenario", "currency"])[["expected", "not_yet_issued"]].sum()
    for currency in base["currency"].unique():
        assert (
            sums.loc[("slower:50", currency), "expected"] <= sums.loc[("base", currency)].iloc[0]
        )
    new = {name: sums.loc[name, "not_yet_issued"] for name in ("base", *(c.name for c in changes))}
    assert (new["slower:50"] < new["base"]).any()
    assert (new["largest:2:9"] == new["base"]).all()
    assert "not yet issued are as in the forecast" in described(changes[2], "all")
    open_ = table[table["part"].isin(["settled_by_credits", "beyond_horizon", "never"])]
    assert set(open_["layer"]) == {"open_invoices"}


def test_who_stops_takes_its_share_of_coming_billing_read_plainly(ledger, receipts):
    as_of = receipts.cash.as_of
    entity = receipts.cash.invoices["entity_id"].iloc[0]
    rows = ledger.tables["invoices"]
    rows = rows[(rows["recorded_on"] < as_of) & (rows["issued_on"] >= as_of - BILLED_DAYS)]
    rows = rows.assign(entity_id=rows["entity_id"].astype(object))
    whole = rows.groupby("currency")["amount"].sum()
    its = rows[rows["entity_id"] == entity].groupby("currency")["amount"].sum()
    plain = (its.reindex(whole.index).fillna(0) / whole).to_dict()
    assert billed_shares(receipts.outlook.history, "entity_id", entity) == pytest.approx(plain)


def test_the_layer_of_open_invoices_is_as_it_was(receipts):
    changes = receipts.outlook.scenarios(["slower:50"])
    table = changes_side_by_side(receipts, changes, "month", "open")
    before = side_by_side(receipts.cash, changes, "month")
    pd.testing.assert_frame_equal(table.drop(columns="layer"), before)
    positions = coming_positions(receipts, "week", "open")
    pd.testing.assert_frame_equal(
        positions.drop(columns="layer"), receipts.outlook.positions("week")
    )


def test_positions_add_what_will_be_billed_and_take_off_what_is_paid_of_it(receipts):
    table = coming_positions(receipts, "week")
    assert (table["open"] == table["of_today"] + table["of_new_invoices"]).all()
    assert (table["open_p10"] <= table["open_p90"]).all()
    alone = coming_positions(receipts, "week", "open").set_index(["currency", "close_of"])
    keyed = table.set_index(["currency", "close_of"]).loc[alone.index]
    assert (keyed["of_today"] == alone["open"]).all()
    billed = expected_billing(receipts)
    became = receipts.became.set_index("currency")
    for place, currency in enumerate(receipts.band.currencies):
        rows = table[table["currency"] == currency]
        last = rows["close_of"].to_numpy() - receipts.cash.as_of
        share = became.loc[currency, "cash_share"] if currency in became.index else 1.0
        due = np.cumsum(billed[currency] * min(share, 1.0))[last]
        came = np.cumsum(receipts.band.expected[place])[last]
        assert rows["of_new_invoices"].to_numpy() == pytest.approx(
            np.maximum(due - came, 0), abs=1
        )
    assert table["dso"].max() > alone["dso"].min()


def plain_receipts(ledger, first, last):
    """Currency → cents in the bank on the days first … last, from the raw tables alone."""
    credits, back = ledger.tables["credits"], ledger.tables["events"]
    cash = credits[credits["kind"].isin(["payment", "recovery"])]
    came = cash[(cash["happened_on"] >= first) & (cash["happened_on"] <= last)]
    sums = came.groupby(came["currency"].astype(str))["amount"].sum()
    back = back[(back["kind"] == "reversal") & (back["subject_kind"] == "credit")]
    back = back.merge(cash[["credit_id", "currency", "amount"]], left_on="subject",
                      right_on="credit_id", suffixes=("", "_paid"))  # fmt: skip
    back = back[(back["happened_on"] >= first) & (back["happened_on"] <= last)]
    cents = back["amount"].fillna(back["amount_paid"]).astype("int64")
    returned = cents.groupby(back["currency"].astype(str)).sum()
    return sums.sub(returned, fill_value=0).astype("int64")


@pytest.mark.parametrize("grain", ["week", "month"])
def test_actual_receipts_are_all_cash_in_the_bank_read_plainly(ledger, receipts, tmp_path, grain):
    kept = publish(receipts.outlook, tmp_path, published_at="x")
    outcome = hold_against_actuals(kept, ledger, grain=grain)
    assert outcome.layer == "all_receipts"
    buckets = outcome.buckets
    for span in buckets[["starts_on", "ends_on"]].drop_duplicates().itertuples(index=False):
        rows = buckets[buckets["starts_on"] == span.starts_on].set_index("currency")["actual"]
        plain = plain_receipts(ledger, span.starts_on, span.ends_on)
        assert rows.to_dict() == plain.reindex(rows.index).fillna(0).astype(int).to_dict()
    by_currency = buckets.groupby("currency")[["expected", "actual"]].sum()
    totals = outcome.variance.totals.set_index("currency")
    assert by_currency["actual"].to_dict() == totals["actual"].to_dict()
    assert by_currency["expected"].to_dict() == totals["expected"].to_dict()
    assert buckets["is_inside"].notna().all()
    alone = hold_against_actuals(kept, ledger, grain=grain, layer="open")
    assert set(alone.buckets["layer"]) == {"open_invoices"}
    assert alone.buckets["actual"].tolist() != buckets["actual"].tolist()


def test_a_forecast_published_before_knows_no_quantile_of_all_receipts(ledger, receipts, tmp_path):
    kept = publish(receipts.outlook, tmp_path, published_at="x")
    totals = kept.tables["totals"]
    before = {**kept.tables, "totals": totals[totals["scope"] != IN_ALL]}
    old = snapshots.Snapshot(kept.name, kept.manifest, before)
    buckets = hold_against_actuals(old, ledger).buckets
    assert buckets["p10"].isna().all()
    assert buckets["is_inside"].isna().all()
    now = hold_against_actuals(kept, ledger).buckets
    assert (buckets["expected"] - now["expected"]).abs().max() <= 1


def test_billing_of_a_few_days_is_not_told_by_their_cash(ledger, receipts):
    for told, moves in ((receipts, 10.0), (receiving(ledger, horizon_days=7), 1.0)):
        more = replace(told, band=replace(told.band, expected=told.band.expected * 10))
        before, after = expected_billing(told), expected_billing(more)
        assert sum(before["EUR"]) > 0
        assert after["EUR"] == pytest.approx(moves * before["EUR"])
