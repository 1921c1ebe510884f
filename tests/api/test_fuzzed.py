"""Whatever the OpenAPI document allows or forbids is answered as it says, on every route."""

from __future__ import annotations

import pytest

from support.full import FULL, at_size
from support.home.fuzzed_schema import findings, operations

N_EXAMPLES = 25
"""Of each kind and route, in a whole run."""
FEW = ("/v1/credit/decisions/{decision_id}/override", "/v1/changes")


@pytest.mark.skipif(FULL, reason="the whole run asks these as well")
def test_some_routes_answer_as_they_are_documented(reader):
    some = [each for each in operations(reader.client.app) if each.path in FEW]
    assert len(some) == 3
    assert findings(reader.client, some, 2) == []


@at_size
def test_every_route_answers_as_it_is_documented(door):
    every = operations(door.client.app)
    print(f"{len(every)} operations, {2 * N_EXAMPLES} requests each")  # noqa: T201 - the figure
    assert findings(door.client, every, N_EXAMPLES) == []


def test_a_method_that_an_address_does_not_take_is_told_which_it_does(reader):
    for path, methods in (
        ("/v1/credit/decisions", "GET, POST"),
        ("/v1/credit/decisions/dec_1/override", "GET, POST"),
        ("/livez", "GET"),
    ):
        answer = reader.client.request("DELETE", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
