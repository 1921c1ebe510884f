"""Files that hold what was answered before; PAYRISK_UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

UPDATE = os.environ.get("PAYRISK_UPDATE_GOLDEN") == "1"


def same_as_golden(path: Path, document: Any) -> None:
    """Compare a document with the file that holds it, field by field."""
    if UPDATE:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    assert path.exists(), f"{path.name} is missing: run with PAYRISK_UPDATE_GOLDEN=1"
    assert document == json.loads(path.read_text(encoding="utf-8")), (
        f"{path.name} differs: if that is meant, run with PAYRISK_UPDATE_GOLDEN=1"
    )
