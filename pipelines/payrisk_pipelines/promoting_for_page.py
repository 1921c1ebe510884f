"""A promotion that a page asks for, whose door has made sure who asks: a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from payrisk.errors import PayriskError
from payrisk.settings import Settings
from payrisk_pipelines.training.regate import regate
from payrisk_pipelines.versions.promoting import promote


def main(arguments: Sequence[str]) -> int:
    """Promote NAME VERSION of HOME for ACTOR, for a REASON in spite of gates, at a UTC time."""
    home, name, version, actor, reason, moved_at = arguments
    settings = Settings.read(home=Path(home)).model_copy(update={"actor": actor, "key": ""})
    try:
        promote(settings, name, version, moved_at=moved_at, reason=reason, regate=regate)
    except PayriskError as error:
        sys.stderr.write(f"payrisk: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
