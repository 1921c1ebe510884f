"""The benchmark of open-item lists on one small company: made, imported and learnt from."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from support.full import at_size

pytestmark = [pytest.mark.long, at_size]

with pytest.MonkeyPatch.context() as _patch:
    _patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    made = importlib.import_module("_lists")
    lists = importlib.import_module("lists")


def test_books_by_lists_hold_what_each_list_held_and_models_are_learnt_from_them(tmp_path):
    exact = made.exact_company(tmp_path, 12, 3)
    listed = made.listed_company(tmp_path, 12, 3, "monthly")
    for day in made.evenings(exact, "monthly")[::6]:
        told = made.open_items(exact, day)
        books = listed.balance_at(day).residuals()
        assert sorted(books["invoice_id"]) == sorted(told["invoice_id"])
    found = lists.company(tmp_path, 12, 3, "monthly", ["lists", "list-days"])
    assert found["lists"]["nll"] < found["list-days"]["nll"]
