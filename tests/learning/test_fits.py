"""A fit is named by a word; what earlier bundles called it is read as that word."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from payrisk.errors import ModelError
from payrisk.learning.fits import (
    EARLIER,
    FITS,
    fit_word,
    with_current_fit_word,
    with_first_fit_name,
)
from payrisk.learning.new_customer.fit import fit_applicant
from payrisk_models import days_to_pay, fit_named, spec, specs

CURVES = spec("days-to-pay")


def as_b09fcd4_told(chosen):
    """The recipe as the manifests of that commit hold it."""
    return chosen.to_json() | {"fit": EARLIER[chosen.to_json()["fit"]]}


def fit_patiently(history, **_settings):
    """A fit that stands in a model's own file."""


fit_patiently.__module__ = days_to_pay.__name__


def test_the_words_are_these_for_ever():
    assert {
        "daily-hazard",
        "shrunk-ecdf",
        "curves-and-behaviour",
        "application-trees",
        "due-date",
        "due-plus-mean",
        "last-5",
        "customer-ecdf",
        "customer-ecdf-rolled",
        "kaplan-meier-terms",
        "l1-boosting",
    } == set(EARLIER)
    assert set(EARLIER) <= set(FITS)


@pytest.mark.parametrize("word", FITS)
def test_a_word_means_one_fit_and_a_fit_has_one_word(word):
    assert fit_named(word) is FITS[word]
    assert fit_word(FITS[word]) == word


@pytest.mark.parametrize("name", specs())
def test_an_earlier_recipe_is_read_as_the_same_and_keeps_its_sha(name):
    chosen = spec(name)
    if name == "new-customer":  # of another fit since (ADR 0052)
        chosen = replace(chosen, fit=fit_applicant)
    earlier = as_b09fcd4_told(chosen)
    assert with_current_fit_word(earlier) == chosen.to_json()
    assert with_first_fit_name(chosen.to_json()) == with_first_fit_name(earlier) == earlier
    text = json.dumps(earlier, sort_keys=True)
    assert chosen.sha == hashlib.sha256(text.encode()).hexdigest()


def test_a_word_without_an_earlier_name_stands_for_itself():
    assert with_first_fit_name({"fit": "new-hazard"}) == {"fit": "new-hazard"}
    assert with_current_fit_word({"fit": "new-hazard"}) == {"fit": "new-hazard"}


def test_a_models_own_fit_is_named_by_its_file_and_found_there(monkeypatch):
    own = replace(CURVES, fit=fit_patiently)
    assert own.to_json()["fit"] == "days_to_pay.fit_patiently"
    monkeypatch.setattr(days_to_pay, "fit_patiently", fit_patiently, raising=False)
    assert fit_named("days_to_pay.fit_patiently") is fit_patiently
    earlier = own.to_json() | {"fit": "payrisk_models.days_to_pay.fit_patiently"}
    assert with_current_fit_word(earlier) == own.to_json()
    assert with_first_fit_name(own.to_json()) == earlier


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("os.system", "neither payrisk's nor a model's"),
        ("payrisk_models.days_to_pay.SPEC", "neither payrisk's nor a model's"),
        ("no-such-fit", "neither payrisk's nor a model's"),
        ("", "neither payrisk's nor a model's"),
        ("days_to_pay.gone", "is gone"),
    ],
)
def test_a_word_imports_nothing_but_fits(word, sentence):
    with pytest.raises(ModelError, match=sentence):
        fit_named(word)
