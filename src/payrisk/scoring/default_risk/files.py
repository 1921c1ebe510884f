"""A model of default risk as the files of a bundle, and back; no champion is part of them."""

from __future__ import annotations

from typing import Any

from payrisk.scoring.default_risk.rollup import RollUp
from payrisk.scoring.logistic import LogisticModel
from payrisk.scoring.model_files import Attachment, Fields, ModelCodec

_NUMBERS = {
    "level": float,
    "k": float,
    "spread": float,
    "n_events": int,
    "longest_matured_days": int,
}


def _body(fields: Fields) -> dict[str, Any]:
    linear = fields["linear"]
    return {
        "roll_up": fields["roll_up"].to_json(),
        "names": list(fields["names"]),
        "linear": None if linear is None else linear.to_json(),
        "shifts": list(fields["shifts"]),
        **{name: fields[name] for name in _NUMBERS},
    }


def _fields(body: Fields) -> dict[str, Any]:
    return {
        "roll_up": RollUp.from_json(body["roll_up"]),
        "names": tuple(str(name) for name in body["names"]),
        "linear": None if body["linear"] is None else LogisticModel.from_json(body["linear"]),
        "shifts": tuple(float(shift) for shift in body["shifts"]),
        **{name: number(body[name]) for name, number in _NUMBERS.items()},
    }


def _write_trees(text: str) -> bytes | None:
    return text.encode() or None


def _read_trees(content: bytes | None) -> str:
    return (content or b"").decode()


CODEC = ModelCodec(
    "default-risk",
    _body,
    _fields,
    attachments={"trees": Attachment("trees.txt", _write_trees, _read_trees)},
)
"""The files of a `DefaultModel`; `trees.txt` is left out where no trees were fitted."""
