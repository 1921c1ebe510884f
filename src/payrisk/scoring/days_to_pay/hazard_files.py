"""A daily hazard as the files of a bundle, and back: switches as JSON, boosters as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf


def files_of(fields: Mapping[str, Any], kind: str) -> dict[str, bytes]:
    """The fields of a `DailyHazard`."""
    boosters, money = fields["boosters"], fields["money"]
    body = {
        "kind": kind,
        "names": list(fields["names"]),
        "days": list(fields["days"]),
        "unpaid": list(fields["unpaid"]),
        "weekends": list(fields["weekends"]),
        "weight": fields["weight"],
        "is_quick": fields["is_quick"],
        "boosters": len(boosters),
        "money": len(money),
    }
    files = {f"booster-{at}.txt": text.encode() for at, text in enumerate(boosters)}
    files |= {f"money-{at}.txt": text.encode() for at, text in enumerate(money)}
    files["beside.json"] = fields["beside"].to_files()["model.json"]
    return {"model.json": json.dumps(body, indent=1, sort_keys=True).encode(), **files}


def fields_of_files(files: Mapping[str, bytes], kind: str) -> dict[str, Any]:
    """The fields that `files_of` made; raises KeyError or ValueError when they are not such."""
    body = json.loads(files["model.json"])
    if body["kind"] != kind:
        raise ValueError("model.json holds another kind of model")
    pairs = {key: (int(body[key][0]), int(body[key][1])) for key in ("unpaid", "weekends")}
    return {
        "boosters": _texts(files, "booster", int(body["boosters"])),
        "names": tuple(body["names"]),
        "days": tuple(body["days"]),
        "beside": ShrunkEcdf.from_files({"model.json": files["beside.json"]}),
        "weight": float(body["weight"]),
        "is_quick": bool(body["is_quick"]),
        "money": _texts(files, "money", int(body["money"])),
        **pairs,
    }


def _texts(files: Mapping[str, bytes], name: str, n: int) -> tuple[str, ...]:
    return tuple(files[f"{name}-{at}.txt"].decode() for at in range(n))
