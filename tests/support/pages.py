"""What every page must hold: a policy without a gap, and no script that it does not name."""

from __future__ import annotations

import re
from typing import Any


def policy_of(answer: Any) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def assert_strict(answer: Any) -> None:
    """No script runs but those that bear this answer's nonce; nothing comes from elsewhere."""
    policy = policy_of(answer)
    nonce = re.fullmatch(r"'nonce-([\w-]{24})'", policy["script-src"])[1]
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    scripts = re.findall(r"<(?:script|style)\b[^>]*>", answer.text)
    assert all(f'nonce="{nonce}"' in script for script in scripts)
    assert not re.search(r"\son\w+\s*=|javascript:|\sstyle\s*=", answer.text)
    assert not re.search(r"(?:src|href|action)=\"(?!/(?!/)|#|data:)", answer.text)
