"""What a published forecast expected of all receipts, bucket by bucket, to lay beside another."""

from __future__ import annotations

from fastapi import Request

from payrisk_api.pages.frame.asking import document
from payrisk_api.requests.cash import SnapshotQuery
from payrisk_api.routes import cash


def published_by_bucket(request: Request, name: str, by: str) -> dict[tuple[str, str, str], int]:
    """Minor units by currency and a bucket's first and last ISO day: of all layers."""
    query = SnapshotQuery.model_validate({"by": by})
    return {
        (row["currency"], row["starts_on"], row["ends_on"]): row["expected"]
        for row in document(cash.snapshot(request, name, query))["totals"]
        if row["scope"] == "in_all" and row["view"] == "model" and not row["in_base"]
    }
