"""Customers hardly known are told by what they are, and ever more by what they did."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from payrisk.calendar import iso
from payrisk.errors import InputError
from payrisk.features import LedgerStreams, Moments
from payrisk.features.catalogue.undated import admit_named_attributes
from payrisk.learning.days_to_pay.attributes.fit_attributed import (
    fit_attributed_hazard,
    with_prior,
)
from payrisk.learning.days_to_pay.attributes.readable import readable_columns
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.ledger import Ledger
from payrisk.predictions import PaymentCurves
from payrisk.readouts import restricted_mean_days
from payrisk.scoring.days_to_pay.attributes.categories import CategoryTable
from payrisk.scoring.days_to_pay.attributes.columns import AttributeColumn, read_columns
from payrisk.scoring.days_to_pay.attributes.model import AttributedHazard
from payrisk.scoring.days_to_pay.attributes.prior import AttributePrior
from payrisk.scoring.days_to_pay.daily_hazard import DailyHazard
from payrisk.scoring.days_to_pay.reasons import explain_days

MORNING = 20_330


@pytest.fixture(scope="module")
def company():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[3] / "benchmarks"))
        import _attributed_company

        yield _attributed_company.attributed_company
    sys.modules.pop("_attributed_company", None)


@pytest.fixture(scope="module")
def history(company):
    return company(160).as_of(MORNING)


@pytest.fixture(scope="module")
def model(history):
    fitted = fit_attributed_hazard(
        history,
        seeds=1,
        rounds=3,
        sampling={"issues": 500, "snapshots": 100, "unpaid_rate": 0.1},
        has_money=False,
    )
    assert isinstance(fitted, AttributedHazard)
    return fitted


def quotes(history, customers):
    """One quote to each of some customers."""
    return pd.DataFrame(
        {
            "customer_id": customers,
            "issued_on": history.as_of,
            "due_on": history.as_of + 30,
            "amount": 100_000,
            "currency": "EUR",
        }
    )


def informed(model, history, rows) -> PaymentCurves:
    return model.informed(model.describe(history, rows))


def test_a_new_customer_is_told_by_its_sector(model, history):
    attributes = history.ledger.tables["attributes"]
    sectors = attributes[attributes["name"] == "sector"].set_index("customer_id")["value"]
    customers = history.known_rows("customers")["customer_id"]
    sector = customers.map(sectors)
    late = informed(model, history, quotes(history, customers)).matrix[:, 45]
    quick, slow = (late[(sector == code).to_numpy()].mean() for code in ("0111", "8121"))
    assert quick > slow + 0.2


def test_the_method_stated_by_a_quote_counts(model, history):
    rows = quotes(history, ["nobody", "nobody"])
    rows["payment_method"] = ["direct debit", "transfer"]
    debit, transfer = informed(model, history, rows).matrix[:, 31]
    assert debit > transfer + 0.2


def test_what_is_not_known_falls_back_one_level():
    texts = np.array(["4711", "4721", "8121"] * 40, dtype=object)
    paid = np.array([1.0, 2.0, 0.5] * 40)
    table = CategoryTable.of(texts, paid, np.ones(120), 1.0)
    own, division, stranger, unknown = table.numbers(
        np.array(["4721", "4799", "9999", ""], dtype=object)
    )
    assert own > division > 0
    assert stranger == unknown == 0


def test_its_own_past_takes_over_and_the_curve_narrows(model, history):
    known = model.describe(history, quotes(history, ["nobody"]))
    widths, weights = [], []
    for n in (0, 1, 3, 10, 40):
        counts = replace(known.counts, paid=known.counts.paid.copy())
        counts.paid[0, 180 + 5] = n  # that many invoices paid five days late
        shown = known._replace(counts=counts)
        curves = model.informed(shown)
        day = np.arange(curves.matrix.shape[1])
        late = np.searchsorted(curves.matrix[0], [0.1, 0.9 * curves.matrix[0, -1]])
        widths.append(int(np.diff(day[np.minimum(late, len(day) - 1)])[0]))
        weights.append(float(model.own_weight(shown)[0]))
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0] / 3
    assert weights[0] == 0
    assert weights == sorted(weights)
    assert weights[-1] > 0.5


def test_without_trees_it_is_the_terms_alone(model, history):
    bare = replace(model, prior=AttributePrior((), (), ()))
    rows = quotes(history, ["nobody"])
    terms = replace(model.base.ecdf, uses_customer=False).curves(history, rows)
    np.testing.assert_allclose(informed(bare, history, rows).matrix, terms.matrix, atol=1e-9)


def test_where_attributes_say_nothing_the_hazard_stays_as_it_was(company):
    history = company(80, matters=False, most=2).as_of(MORNING)
    base = DailyHazard((), (), (), fit_shrunk_ecdf(history), weight=0.0)
    assert with_prior(base, history, seeds=1) is base


def test_a_bundle_of_it_says_the_same(model, history):
    rows = history.open_invoices().head(5)
    again = AttributedHazard.from_files(model.to_files())
    known, flat = model.describe(history, rows), again.describe(history, rows)
    np.testing.assert_array_equal(model.informed(known).matrix, again.informed(flat).matrix)
    assert again.parameters == model.parameters


def undated(ledger: Ledger, day: int) -> Ledger:
    """The ledger with its attributes imported on one day, without dates of their own."""
    attributes = ledger.tables["attributes"].assign(valid_on=day, recorded_on=day)
    return Ledger.from_tables(dict(ledger.tables) | {"attributes": attributes})[0]


def test_undated_attributes_are_left_out_unless_allowed_by_name(company):
    ledger = undated(company(60), MORNING - 10)
    history = ledger.as_of(MORNING)
    left = readable_columns(history)
    assert set(left.refused) == {"sector", "bureau_score"}
    assert not {column.name for column in left.columns} & {"sector", "bureau_score"}
    allowed = readable_columns(history, admit_named_attributes(ledger, ["bureau_score"]))
    assert "bureau_score" in {column.name for column in allowed.columns}
    assert allowed.refused == ("sector",)
    with pytest.raises(InputError, match=r"'bureau'.*bureau_score"):
        admit_named_attributes(ledger, ["bureau"])


def test_the_entity_that_sells_is_read_where_it_is_a_company_itself(company):
    tables = dict(company(40).tables)
    invoices = tables["invoices"]
    sellers = np.roll(invoices["customer_id"].to_numpy(dtype=object), 5)
    tables |= {"invoices": invoices.assign(entity_id=sellers), "entities": None}
    ledger = Ledger.from_tables({name: rows for name, rows in tables.items() if rows is not None})[
        0
    ]
    history = ledger.as_of(MORNING)
    seller = AttributeColumn("bureau_score", "seller", is_text=False)
    assert seller in readable_columns(history).columns
    rows = history.invoices().head(20)
    streams, moments = LedgerStreams.of(ledger), Moments.of(ledger, rows, MORNING)
    read = read_columns(streams, moments, [seller])[seller.feature.name]
    attributes = history.known_rows("attributes")
    scores = attributes[attributes["name"] == "bureau_score"].set_index("customer_id")["value"]
    assert read.notna().any()
    np.testing.assert_array_equal(read, rows["entity_id"].map(scores.astype(float)))


def test_what_our_policy_sets_is_marked(model):
    limit = AttributeColumn("limit", "attribute", is_text=False)
    marked = replace(model, prior=replace(model.prior, columns=(*model.prior.columns, limit)))
    assert marked.parameters["own_decision"] == "limit"
    assert model.parameters["own_decision"] == ""
    assert (
        model.parameters["crps_of_new_customers_by_attributes"]
        < (model.parameters["crps_of_new_customers_by_terms"])
    )


def test_no_later_fact_moves_what_is_read(company, history, model):
    later = history.ledger.tables["attributes"].assign(
        value="8121", valid_on=MORNING, recorded_on=MORNING
    )
    attributes = pd.concat([history.ledger.tables["attributes"], later], ignore_index=True)
    changed = Ledger.from_tables(dict(history.ledger.tables) | {"attributes": attributes})[0]
    rows = history.open_invoices().head(20)
    before, after = (model.describe(h, rows).known for h in (history, changed.as_of(MORNING)))
    pd.testing.assert_frame_equal(before, after)
    known = model.describe(changed.as_of(MORNING + 1), rows).known
    assert (known["attribute__sector__known"] == "8121").all(), iso(MORNING)


def test_reasons_name_the_attribute_and_add_up(model, history):
    rows = history.open_invoices().head(2)
    explained = explain_days(model, history, rows)
    for one in explained:
        texts = [cause.text for cause in one.causes]
        assert any("(attribute 'sector'): " in text for text in texts)
        assert any("(attribute 'bureau_score'): " in text for text in texts)
    late = history.as_of - rows["due_on"].to_numpy()
    expected = late + restricted_mean_days(model.curves(history, rows))
    np.testing.assert_allclose([one.expected_days_late for one in explained], expected)


def test_flat_rows_say_what_the_ledger_says(model, history):
    rows = history.open_invoices().head(3)
    said = model.curves(history, rows).matrix
    np.testing.assert_array_equal(model.predict_curves(model.rows(history, rows)).matrix, said)
