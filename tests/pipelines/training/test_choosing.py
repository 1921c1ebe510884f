"""Which recipe is trained where none is named."""

from __future__ import annotations

import pytest

from payrisk.errors import ModelError
from payrisk_models import spec
from payrisk_pipelines.training.choosing import allowed_attributes, choose_recipe
from payrisk_pipelines.versions.deployed import recipe_of


def test_an_attribute_that_nothing_else_reads_asks_for_the_recipe_that_does(tmp_path):
    usual, attributes = spec("days-to-pay"), spec("days-to-pay", "attributes")
    assert choose_recipe(tmp_path, "days-to-pay") == usual
    assert choose_recipe(tmp_path, "days-to-pay", allow_undated=["segment"]) == usual
    assert choose_recipe(tmp_path, "days-to-pay", allow_undated=["rating"]) == attributes
    assert choose_recipe(tmp_path, "days-to-pay", "counting") == spec("days-to-pay", "counting")
    assert choose_recipe(tmp_path, "default-risk", allow_undated=["rating"]) == spec(
        "default-risk"
    )


def test_each_model_is_allowed_what_it_may_read():
    assert allowed_attributes(spec("days-to-pay", "attributes"), ["rating"]) == ("rating",)
    assert allowed_attributes(spec("default-risk"), ["rating", "segment"]) == ("segment",)


def test_the_champions_recipe_is_read_back_with_its_own_haste():
    attributes = spec("days-to-pay", "attributes").with_backdated(frozenset({"rating"}))
    again = recipe_of({"recipe": attributes.to_json()}, spec("days-to-pay"))
    assert again == attributes
    assert again.when_sketched


def test_a_recipe_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelError, match="attributes, counting"):
        choose_recipe(tmp_path, "days-to-pay", "horoscope")
