"""The dictionary of causes: every input has its code, and none that the law forbids is shown."""

from __future__ import annotations

import pytest

from payrisk.credit.deciding.policy import FLAGS
from payrisk.credit.explaining.dictionary import reason_dictionary
from payrisk.credit.reasons.model_reasons import (
    MODEL_REASONS,
    adverse_reasons,
    protected_among,
    reason_of,
)
from payrisk.credit.reasons.policy_reasons import CLEARS, REASONS
from payrisk.features.catalogue.all import CATALOGUE
from payrisk.features.catalogue.application import APPLICATION
from payrisk.predictions import Reason


def test_codes_are_unique_and_every_entry_finds_itself():
    codes = [one.code for one in MODEL_REASONS]
    assert len(codes) == len(set(codes))
    assert not set(codes) & set(REASONS)
    assert all(reason_of(code).code == code for code in codes)


@pytest.mark.parametrize("name", [*CATALOGUE, *(feature.name for feature in APPLICATION)])
def test_every_input_of_a_model_is_in_the_dictionary(name):
    assert reason_of(name) is not None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("application__bureau_score", "bureau_report"),
        ("application__limit_to_turnover", "request_large"),
        ("application__sales_to_turnover", "purchases_large"),
        ("application__net_worth_to_turnover", "net_worth_low"),
        ("application__log_turnover_per_employee", "business_small"),
        ("application__requested_terms", "terms_long"),
        ("application__n_references", "references_few"),
        ("application__has_vat", "vat_number_missing"),
        ("application__sector", "sector_risk"),
        ("open_invoices", "open_invoices"),
        ("past_lateness", "past_lateness"),
        ("customer__overdue__amount__now", "arrears"),
        ("customer__days_late__mean__90", "past_lateness"),
        ("customer__open__amount__now", "exposure_high"),
        ("parent__overdue__amount__now", "group_arrears"),
        ("base_rate", "base"),
        ("recent_level", "base"),
    ],
)
def test_names_are_read_as_meant(name, code):
    assert reason_of(name).code == code


def test_causes_are_added_up_before_they_are_called_adverse():
    found = adverse_reasons(
        [
            Reason("customer__days_late__mean__90", "ninety", 0.5),
            Reason("customer__days_late__mean__365", "year", 0.7),
            Reason("application__n_references", "none", 0.6),
            Reason("customer__dispute__open__now", "one", 0.4),
            Reason("customer__dispute__closed__365", "few", -0.5),
            Reason("base_rate", "others", 2.0),
            Reason("application__owner_gender", "never", 9.0),
        ]
    )
    assert [(one.code, round(one.contribution, 9), one.text) for one in found] == [
        ("past_lateness", 1.2, "year"),
        ("references_few", 0.6, "none"),
    ]


def test_protected_attributes_are_known_by_their_names():
    names = ["application__owner_gender", "is_natural_person", "nationality", "birth_date"]
    assert protected_among([*names, "application__has_vat", "trace"]) == tuple(sorted(names))
    assert protected_among([*CATALOGUE, *(one.name for one in APPLICATION)]) == ()


def test_what_clears_is_said_of_reasons_there_are():
    assert set(CLEARS) <= set(REASONS)


def test_the_dictionary_is_whole_and_every_code_is_there_once():
    rows = reason_dictionary()
    codes = [row["code"] for row in rows]
    assert len(codes) == len(set(codes))
    assert set(codes) == {*REASONS, *FLAGS, *(one.code for one in MODEL_REASONS)}
    assert all(row["meaning"] for row in rows)
    assert all(row["told"] for row in rows if row["kind"] == "flag")
