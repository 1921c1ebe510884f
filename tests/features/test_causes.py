"""Every feature has its cause, and is read under the reasons it was always read under."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from payrisk.credit.reasons.model_reasons import MODEL_REASONS, reason_of
from payrisk.features.catalogue.all import CATALOGUE, DEFINED
from payrisk.features.catalogue.application import APPLICATION
from payrisk.features.catalogue.causes import FeatureCause
from payrisk.scoring.days_to_pay.reason_codes import CODES, OTHER, reason_code

CODES_OF = json.loads(Path(__file__).with_name("reason_codes.json").read_text())
"""Feature → its reason for a payment day, and for a risk: as patterns over names had it.

The covariates of a day are no inputs of a risk.
"""


@pytest.mark.parametrize("feature", [*DEFINED.values(), *APPLICATION], ids=lambda one: one.name)
def test_every_feature_has_a_cause(feature):
    assert feature.cause in FeatureCause


@pytest.mark.parametrize(("name", "codes"), CODES_OF.items())
def test_a_feature_is_read_under_the_same_reasons_as_ever(name, codes):
    of_payment, of_risk = codes
    assert (reason_code(name) if name in DEFINED else OTHER) == of_payment
    entry = reason_of(name)
    assert (entry.code if entry else None) == of_risk


def test_every_cause_has_one_reason_at_most_on_either_side():
    for causes in (
        [c for of in CODES.values() for c in of],
        [c for one in MODEL_REASONS for c in one.causes],
    ):
        assert len(causes) == len(set(causes))
    assert {c for one in MODEL_REASONS for c in one.causes} == set(FeatureCause)


def test_all_statistics_of_a_measure_have_the_same_reason():
    """So that a name of an earlier catalogue still finds it."""
    codes = {}
    for name in CATALOGUE:
        codes.setdefault(CATALOGUE[name].measure, set()).add(reason_of(name).code)
    assert all(len(of) == 1 for of in codes.values())
    assert reason_of("customer__days_late__mean__7d").code == "past_lateness"
    assert reason_of("application__owner_gender") is None
