"""A model of applicants as the files of a bundle, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from payrisk.features.catalogue.application import APPLICATION
from payrisk.scoring.logistic import LogisticModel
from payrisk.scoring.new_customer.encoding import Input, InputEncoder

OWN = {feature.name: feature for feature in APPLICATION}


def files_of(fields: Mapping[str, Any], kind: str) -> dict[str, bytes]:
    """The fields of an `ApplicantModel`: encodings as JSON, each booster as LightGBM's text."""
    linear = fields["linear"]
    body = {
        "kind": kind,
        "inputs": [one.to_json() for one in fields["encoding"].inputs],
        "base": fields["encoding"].base,
        "boosters": len(fields["boosters"]),
        "halves": len(fields["halves"]),
        "linear": None if linear is None else linear.to_json(),
    }
    body |= {name: list(fields[name]) for name in ("spread", "counts", "alike", "level")}
    body |= {name: fields[name] for name in _PLAIN}
    files = {f"booster-{at}.txt": text.encode() for at, text in enumerate(fields["boosters"])}
    files |= {f"half-{at}.txt": text.encode() for at, text in enumerate(fields["halves"])}
    return {"model.json": json.dumps(body, indent=1, sort_keys=True).encode(), **files}


def fields_of_files(files: Mapping[str, bytes], kind: str) -> dict[str, Any]:
    """The fields that `files_of` made; raises KeyError or ValueError when they are not such."""
    body = json.loads(files["model.json"])
    if body["kind"] != kind:
        raise ValueError("model.json holds another kind of model")
    told = OWN if body["is_own"] else {}
    inputs = tuple(Input.from_json(one, told.get(one["name"])) for one in body["inputs"])
    if told and any(one.told is None for one in inputs):
        raise ValueError("model.json names an input that applications do not have")
    recent, gone, expected = body["level"]
    n, bad = body["counts"]
    return {
        "encoding": InputEncoder(inputs, float(body["base"])),
        "boosters": tuple(_texts(files, "booster", int(body["boosters"]))),
        "halves": tuple(_texts(files, "half", int(body["halves"]))),
        "spread": tuple(float(value) for value in body["spread"]),
        "counts": (int(n), int(bad)),
        "alike": tuple(int(n) for n in body["alike"]),
        "level": (int(recent), int(gone), float(expected)),
        "linear": None if body["linear"] is None else LogisticModel.from_json(body["linear"]),
        **{name: kind_of(body[name]) for name, kind_of in _PLAIN.items()},
    }


def _texts(files: Mapping[str, bytes], name: str, n: int) -> list[str]:
    return [files[f"{name}-{at}.txt"].decode() for at in range(n)]


_PLAIN = {
    "intercept": float,
    "slope": float,
    "shift": float,
    "horizon_days": int,
    "is_own": bool,
    "setting": str,
    "weight": float,
}
