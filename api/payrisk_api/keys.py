"""The headers that make a request safe to send again, and safe against what one has not seen."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BaseModel

from payrisk.access import Caller
from payrisk_api.errors import ProblemError

KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
ETAG = re.compile(r'"[\x21\x23-\x7e]{1,100}"', re.ASCII)


async def _key(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Required. The same key with the same request answers with the same"
            " bytes; 1 to 255 visible ASCII characters.",
        ),
    ] = None,
) -> str:
    is_one = len(request.headers.getlist("Idempotency-Key")) == 1
    if key is None or not is_one or not KEY.fullmatch(key):
        detail = "Send one Idempotency-Key header of 1 to 255 visible ASCII characters."
        raise ProblemError(400, "key-missing", detail)
    return key


async def _seen(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="Required. The ETag under which the decision was read.",
        ),
    ] = None,
) -> str:
    is_one = len(request.headers.getlist("If-Match")) == 1
    if if_match is None or not is_one or not ETAG.fullmatch(if_match):
        detail = "Send one If-Match header with the decision's ETag: override what you have read."
        raise ProblemError(428, "if-match-missing", detail)
    return if_match


def request_sha(body: BaseModel, as_of: dt.date | None, **more: str) -> str:
    """Hash a request by its meaning: spaces and the order of fields do not count.

    as_of: as it was asked for, None where it was not; more: what else the request names.
    """
    meaning: dict[str, Any] = {"as_of": as_of, "body": body.model_dump(exclude_unset=True), **more}
    canonical = json.dumps(meaning, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def asked_by(caller: Caller) -> dict[str, str]:
    """What a request means beside its body: two keys never share an answer."""
    return {"key_id": caller.key_id} if caller.is_named else {}


def own_key(caller: Caller, key: str) -> str:
    """An Idempotency-Key as it is kept: of this caller alone, so that nobody takes another's."""
    return f"{caller.key_id} {key}" if caller.is_named else key


IdempotencyKey = Annotated[str, Depends(_key)]
IfMatch = Annotated[str, Depends(_seen)]
