"""A daily hazard as the files of a bundle, and back: switches as JSON, boosters as text."""

from __future__ import annotations

from typing import Any

from payrisk.scoring.days_to_pay.ecdf import ShrunkEcdf
from payrisk.scoring.model_files import Attachment, Fields, ModelCodec

ECDF_FILE = "beside.json"


def _body(fields: Fields) -> dict[str, Any]:
    lists = {name: list(fields[name]) for name in ("names", "days", "unpaid", "weekends")}
    return lists | {name: fields[name] for name in ("weight", "is_quick")}


def _fields(body: Fields) -> dict[str, Any]:
    pairs = {name: (int(body[name][0]), int(body[name][1])) for name in ("unpaid", "weekends")}
    return {
        "names": tuple(body["names"]),
        "days": tuple(body["days"]),
        "weight": float(body["weight"]),
        "is_quick": bool(body["is_quick"]),
        **pairs,
    }


def _write_ecdf(ecdf: ShrunkEcdf) -> bytes:
    return ecdf.to_files()["model.json"]


def _read_ecdf(content: bytes | None) -> ShrunkEcdf:
    if content is None:
        raise KeyError(ECDF_FILE)
    return ShrunkEcdf.from_files({"model.json": content})


CODEC = ModelCodec(
    "daily-hazard",
    _body,
    _fields,
    boosters={"boosters": "booster", "money": "money"},
    attachments={"ecdf": Attachment(ECDF_FILE, _write_ecdf, _read_ecdf)},
)
"""The files of a `DailyHazard`; the ECDF that its trees are blended with has its own."""
