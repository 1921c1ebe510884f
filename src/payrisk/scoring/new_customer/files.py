"""A model of applicants as the files of a bundle, and back."""

from __future__ import annotations

from typing import Any

from payrisk.features.catalogue.application import APPLICATION
from payrisk.scoring.logistic import LogisticModel
from payrisk.scoring.model_files import Fields, ModelCodec
from payrisk.scoring.new_customer.encoding import Input, InputEncoder
from payrisk.scoring.new_customer.years import YearsApart

_APPLICATION = {feature.name: feature for feature in APPLICATION}

_PLAIN = {
    "intercept": float,
    "slope": float,
    "shift": float,
    "horizon_days": int,
    "is_own": bool,
    "setting": str,
    "weight": float,
}


def applicant_body(fields: Fields) -> dict[str, Any]:
    """The plain values of `model.json`."""
    encoding, linear = fields["encoding"], fields["linear"]
    return {
        "inputs": [column.to_json() for column in encoding.inputs],
        "base": encoding.base,
        "linear": None if linear is None else linear.to_json(),
        **{name: list(fields[name]) for name in ("spread", "counts", "alike", "level")},
        **{name: fields[name] for name in _PLAIN},
        **({} if fields["years"] is None else {"years": fields["years"].to_json()}),
    }


def applicant_fields(body: Fields) -> dict[str, Any]:
    """The fields that these plain values tell, but for the boosters."""
    catalogue = _APPLICATION if body["is_own"] else {}
    inputs = tuple(Input.from_json(part, catalogue.get(part["name"])) for part in body["inputs"])
    if catalogue and any(column.entry is None for column in inputs):
        raise ValueError("model.json names an input that applications do not have")
    recent, gone, expected = body["level"]
    n, bad = body["counts"]
    return {
        "encoding": InputEncoder(inputs, float(body["base"])),
        "spread": tuple(float(value) for value in body["spread"]),
        "counts": (int(n), int(bad)),
        "alike": tuple(int(n) for n in body["alike"]),
        "level": (int(recent), int(gone), float(expected)),
        "linear": None if body["linear"] is None else LogisticModel.from_json(body["linear"]),
        **{name: read(body[name]) for name, read in _PLAIN.items()},
        "years": YearsApart.from_json(body["years"]) if "years" in body else None,
    }


CODEC = ModelCodec(
    "applicant",
    applicant_body,
    applicant_fields,
    boosters={"boosters": "booster", "halves": "half"},
)
"""The files of an `ApplicantModel`."""
