"""A policy is data: read whole, or refused with a sentence."""

from __future__ import annotations

import hashlib

import pytest

from payrisk.credit.deciding.policy import HOUSE, CreditPolicy
from payrisk.errors import InputError


def written(tmp_path, old: str, new: str):
    path = tmp_path / "policy.toml"
    text = HOUSE.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_the_sha_is_that_of_the_text():
    assert CreditPolicy.read().sha == hashlib.sha256(HOUSE.read_bytes()).hexdigest()


def test_another_text_is_another_version(tmp_path):
    path = written(tmp_path, "step = 50_000", "step = 60_000")
    assert CreditPolicy.read(path).sha != CreditPolicy.read().sha


@pytest.mark.parametrize(
    ("probability", "band"), [(0.0, "A"), (0.01, "B"), (0.0999, "C"), (0.25, "E"), (1.0, "E")]
)
def test_a_band_ends_below_its_bound(probability, band):
    assert CreditPolicy.read().band(probability).name == band


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "house-3"', "", "id"),
        ("horizon_days = 180", "horizon_days = 0", "horizon_days"),
        ("horizon_days = 180", "horizont = 180", "horizon"),
        ("probability_below = 1.01", "probability_below = 0.5", "beyond 1"),
        ("probability_below = 0.04", "probability_below = 0.2", "rise"),
        ('outcome = "decline"', 'outcome = "approve"', "last band"),
        ("A = 5_000_000", "Z = 5_000_000", "tier"),
        ("[flags.young_company]", "[flags.ugly_name]", "flags are among"),
        ("net_worth_rate = 0.20", "net_worth_rate = 20", "net_worth_rate"),
        ("days = 730", "days = [", ""),
        ('name = "C"', 'name = "B"', "name of its own"),
        ("terms_days = 45", "terms_days = 90", "no more than band A"),
        ("net_worth_rate = 0.15", "net_worth_rate = 0.25", "no more than band A"),
        ("B = 2_500_000", "B = 9_000_000", "no more than band A"),
        ('outcome = "refer"', 'outcome = "approve"', "no more than band C"),
        ('protection = "guarantee"', 'protection = "none"', "no more than band C"),
        ('name\nasks_for = "refer"', 'name\nasks_for = "deposit"', "may only refer or decline"),
        ("DE = 0.19", "de = 0.19", "vat_rates"),
        ("margin_rate = 0.18", "margin_rate = 18", "margin_rate"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(tmp_path, old, new, said):
    with pytest.raises(InputError, match="policy") as refused:
        CreditPolicy.read(written(tmp_path, old, new))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_policy_of_an_earlier_release_is_told_what_is_missing_and_where_to_see_it(tmp_path):
    with pytest.raises(InputError) as refused:
        CreditPolicy.read(written(tmp_path, "default_delay_days", "#"))
    assert "default_delay_days – the entry is missing" in str(refused.value)
    assert str(refused.value).endswith(f"as the shipped policy does, {HOUSE}.")


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        CreditPolicy.read(tmp_path / "none.toml")
