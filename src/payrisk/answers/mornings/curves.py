"""Payment curves of a prepared morning: those of all open invoices as one mapped block."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from payrisk.answers.invoices import EvidenceGradedCurves
from payrisk.answers.mornings.parts import MorningPart
from payrisk.predictions import PaymentCurves

MOST_CURVES = 20_000
"""Open invoices whose curves are kept on disk; each takes some kilobytes."""
DAYS, CHANCES = ("as_of", "lengths"), ("never", "matrix")
GRADES = "grades.json"


def curve_files(curves: PaymentCurves, grades: Sequence[str]) -> dict[str, bytes]:
    """The files of the part: every number as its eight bytes, little-endian."""
    days = {name: getattr(curves, name).astype("<i8") for name in DAYS}
    chances = {name: getattr(curves, name).astype("<f8") for name in CHANCES}
    files = {f"{name}.bin": array.tobytes() for name, array in (days | chances).items()}
    return files | {GRADES: json.dumps(list(grades)).encode()}


def kept_curves(part: MorningPart) -> EvidenceGradedCurves:
    """The curves of a part, in the order of the morning's open invoices; nothing is copied."""
    as_of, lengths = (np.frombuffer(part.files[f"{name}.bin"], np.int64) for name in DAYS)
    never, matrix = (np.frombuffer(part.files[f"{name}.bin"], np.float64) for name in CHANCES)
    n = len(as_of)
    shape = (n, len(matrix) // n) if n else (0, 1)
    block = PaymentCurves(as_of, matrix.reshape(shape), lengths, never)
    return EvidenceGradedCurves(block, json.loads(bytes(part.files[GRADES])))
