"""Of a small ledger the best way of counting is fitted, chosen on what came later alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payrisk.learning.days_to_pay.fit_best_ecdf import WAYS, fit_best_ecdf
from payrisk.learning.days_to_pay.fit_ecdf import fit_shrunk_ecdf
from payrisk.learning.fits import FITS, fit_word
from payrisk.learning.measuring.replay import rows_at_issue
from payrisk.learning.measuring.splits import last_origin
from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk_models import spec
from support.company.receiving import receiving_ledger


@pytest.fixture(scope="module")
def history():
    ledger = receiving_ledger()
    return ledger.as_of(ledger.default_as_of)


def test_the_way_that_says_most_of_later_invoices_is_fitted_on_all_of_them(history):
    best = fit_best_ecdf(history)
    split = last_origin(history)
    rows = rows_at_issue(
        history.ledger, split.issued_from, split.issued_to, split.as_of, most_days=60
    )
    earlier = fit_shrunk_ecdf(history.ledger.as_of(split.train_as_of))
    scores = {name: rows.judge(replace(earlier, **ways))["crps"] for name, ways in WAYS.items()}
    name = min(scores, key=lambda each: scores[each])
    assert best.to_files() == replace(fit_shrunk_ecdf(history), **WAYS[name]).to_files()


def test_it_is_a_recipe_whose_model_is_kept_and_read_like_any(history):
    recipe = spec("days-to-pay", "counting")
    assert fit_word(recipe.fit) == "best-ecdf"
    assert FITS["best-ecdf"] is recipe.fit
    model = recipe.fit_as_served(history)
    again = ShrunkEcdf.from_files(model.to_files())
    rows = history.open_invoices().head(5)
    assert (again.curves(history, rows).matrix == model.curves(history, rows).matrix).all()
    assert recipe.gates == spec("days-to-pay").gates


def test_of_a_history_too_short_to_choose_on_all_is_counted(history):
    first = history.ledger.as_of(history.ledger.first_day + 40)
    assert last_origin(first) is None
    assert fit_best_ecdf(first).to_files() == fit_shrunk_ecdf(first).to_files()
