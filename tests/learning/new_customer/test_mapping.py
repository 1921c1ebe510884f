from __future__ import annotations

import pytest

from payrisk.errors import InputError
from payrisk.learning.new_customer.mapping import mapping_of, read_mapping
from payrisk.learning.new_customer.protected import protected_trait
from support.credit.past_applications import MAPPING, mapping


def test_a_mapping_is_read_as_written(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text(
        '[target]\ncolumn = "y"\nbad = [1, "X"]\n[columns]\nnumeric = ["b"]\n'
        'categorical = ["a"]\nforbidden = ["z"]\n[missing]\n"*" = [-9999]\nb = ["?"]\n'
        '[monotone]\nb = "+"\n[leaks]\nallowed = ["b"]\n'
    )
    said = read_mapping(path)
    assert (said.target, said.bad, said.forbidden) == ("y", ("1", "X"), ("z",))
    assert [one.name for one in said.inputs] == ["a", "b"]
    assert said.inputs[1].specials == ("-9999", "?")
    assert (said.inputs[1].direction, said.allowed_leaks) == (1, ("b",))


@pytest.mark.parametrize(
    ("section", "body", "told"),
    [
        ("traget", {"column": "y"}, "no section"),
        ("target", {"column": "outcome"}, "bad outcome"),
        ("target", {"bad": ["lost"]}, "name of a column"),
        ("target", {"column": "outcome", "bad": ["lost"], "good": [1]}, "no key 'good'"),
        ("columns", {"numeric": "score"}, "list of names"),
        ("columns", {}, "names no input"),
        ("columns", {"numeric": ["score", "debt"], "categorical": ["debt"]}, "twice"),
        ("columns", {"numeric": ["score", "debt", "outcome"]}, "it is the target"),
        ("columns", {"numeric": ["score", "debt", "d"], "date": "d"}, "it is the date"),
        ("columns", {"numeric": ["score", "debt"], "forbidden": ["debt"]}, "as forbidden"),
        ("columns", {"numeric": ["score", "debt"], "categorical": ["Gender"]}, "it tells gender"),
        ("missing", {"income": [-1]}, "no input"),
        ("missing", {"score": -1}, "list of special values"),
        ("monotone", {"sector": "+"}, "no numeric input"),
        ("monotone", {"score": "up"}, 'write "\\+"'),
        ("leaks", {"allowed": ["income"]}, "no input"),
        ("leaks", {"permitted": []}, "no key"),
    ],
)
def test_what_a_mapping_must_not_say(section, body, told):
    with pytest.raises(InputError, match=told):
        mapping_of(MAPPING | {section: body})


def test_a_file_that_is_no_mapping(tmp_path):
    path = tmp_path / "map.toml"
    with pytest.raises(InputError, match="not there"):
        read_mapping(path)
    path.write_text("[target")
    with pytest.raises(InputError, match="no TOML"):
        read_mapping(path)


@pytest.mark.parametrize(
    "name",
    [
        *("gender", "Sex", "applicant_sex", "SEX_OF_OWNER", "personal_status_and_sex"),
        *("age", "Age", "age_in_years", "ownerAge", "birth_date", "DateOfBirth", "dob"),
        *("Name", "owner_name", "LastName", "surname", "nationality", "foreign_worker"),
        *("race", "ethnicity", "religion", "marital_status", "MaritalStatus", "Zip", "zip_code"),
        *("postcode", "post_code", "street", "is_natural_person", "citizenship"),
    ],
)
def test_protected_columns_are_forbidden_in_every_mapping(name):
    assert protected_trait(name)
    with pytest.raises(InputError, match="no credit decision may rest on that; remove it"):
        mapping(columns={"numeric": ["score", "debt"], "categorical": [name]})


@pytest.mark.parametrize(
    "name",
    [
        *("company_age", "AgeOfFirm", "bank_name", "average", "agency", "percentage", "State"),
        *("City", "sector", "language_of_invoice", "essex_branch", "Bank", "n_employees"),
        *("shipping_address_mismatch", "account_age_days", "Trace", "cd_cnae_prin", "uf"),
    ],
)
def test_names_that_only_look_alike_are_not(name):
    assert not protected_trait(name)
