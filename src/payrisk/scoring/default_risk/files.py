"""A model of default risk as the files of a bundle, and back; no champion is part of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from payrisk.scoring.default_risk.rollup import RollUp
from payrisk.scoring.logistic import LogisticModel


def files_of(fields: Mapping[str, Any], kind: str) -> dict[str, bytes]:
    """The fields of a `DefaultModel`: parameters as JSON, trees as LightGBM text."""
    linear, trees = fields["linear"], fields["trees"]
    body: dict[str, Any] = {
        "kind": kind,
        "roll_up": fields["roll_up"].to_json(),
        "names": list(fields["names"]),
        "linear": None if linear is None else linear.to_json(),
        "shifts": list(fields["shifts"]),
    }
    body |= {name: fields[name] for name in _NUMBERS}
    files = {"model.json": json.dumps(body, indent=1, sort_keys=True).encode()}
    return files | ({"trees.txt": trees.encode()} if trees else {})


def fields_of_files(files: Mapping[str, bytes], kind: str) -> dict[str, Any]:
    """The fields that `files_of` made; raises KeyError or ValueError when they are not such."""
    body = json.loads(files["model.json"])
    if body["kind"] != kind:
        raise ValueError("model.json holds another kind of model")
    return {
        "roll_up": RollUp.from_json(body["roll_up"]),
        "names": tuple(str(name) for name in body["names"]),
        "trees": files.get("trees.txt", b"").decode(),
        "linear": None if body["linear"] is None else LogisticModel.from_json(body["linear"]),
        "shifts": tuple(float(shift) for shift in body["shifts"]),
        **{name: number(body[name]) for name, number in _NUMBERS.items()},
    }


_NUMBERS = {
    "level": float,
    "k": float,
    "spread": float,
    "n_events": int,
    "longest_matured_days": int,
}
