"""What cash will come, what was published of it, and what if."""

from __future__ import annotations

from functools import partial
from pathlib import Path as Folder
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from payrisk.answers import groups
from payrisk.answers.cash.actuals import hold_against_actuals
from payrisk.answers.cash.changed_receipts import changes_side_by_side, described
from payrisk.answers.cash.coming_positions import MEANING as POSITIONS
from payrisk.answers.cash.coming_positions import NEVER_HELD, coming_positions
from payrisk.answers.cash.publishing import published_totals
from payrisk.answers.cash.receipts import Receipts
from payrisk.answers.cash.treasury import Outlook
from payrisk.calendar import day_of, iso
from payrisk.cash.published import snapshots
from payrisk.cash.published.recent import recent_snapshots
from payrisk.cash.published.variance import MEANING, PARTS
from payrisk.cash.views.concentration import large_invoices
from payrisk.cash.views.discounts import discount_cost, discount_from_text
from payrisk.files import plain_rows
from payrisk_api.asked_before import remembered_forecast
from payrisk_api.deps import CallerDep, Service, ServiceDep
from payrisk_api.errors import ProblemError
from payrisk_api.forecast_document import asked_receipts, forecast_document
from payrisk_api.heavy import HEAVY
from payrisk_api.requests.cash import (
    CashQuery,
    PositionsQuery,
    ScenarioQuery,
    SnapshotQuery,
    VarianceQuery,
)
from payrisk_api.responses.cash import (
    CashForecastAnswer,
    PositionsAnswer,
    ScenariosAnswer,
    SnapshotAnswer,
    SnapshotsAnswer,
    VarianceAnswer,
    file_answer,
)
from payrisk_api.responses.response_model import FILES, json_response

router = APIRouter(prefix="/v1/cash", tags=["cash"])

Name = Annotated[
    str,
    Path(
        max_length=150,
        pattern=f"^{snapshots.NAME.pattern}$",
        description="A published forecast.",
    ),
]


@router.get("/forecast", response_model=CashForecastAnswer, responses=FILES, dependencies=HEAVY)
def forecast(
    request: Request,
    service: ServiceDep,
    caller: CallerDep,
    query: Annotated[CashQuery, Query()],
) -> Response:
    """Forecast the cash of the open invoices to the cent and, apart, of those to be issued.

    With a key for some entities, of their open invoices alone: what is told by currency only,
    of all entities together, is left out.
    """
    answers, as_of = service.live.current, service.as_of(query.as_of)
    if query.format != "json":
        _, receipts, _ = asked_receipts(answers, as_of, caller, query)
        stem, choice = f"cash-by-{query.by}-{iso(as_of)}", query.choice().description
        cuts, levels = groups.read_group_columns(query.group or "", groups.CASH), query.levels()
        earlier = recent_snapshots(_home(request), as_of) if not choice else []
        return file_answer(query.format, stem, receipts, query.by, cuts, levels, earlier, choice)
    make = partial(forecast_document, answers, as_of, caller, query)
    return json_response(remembered_forecast(service, answers, caller, query, make))


@router.get("/snapshots", response_model=SnapshotsAnswer)
def published(request: Request) -> Response:
    """List the published forecasts, by day."""
    home = _home(request)
    names = ("name", "as_of", "model_version", "horizon_days", "n_open_invoices", "published_at",
             "ledger_sha", "verified")  # fmt: skip
    manifests = [snapshots.manifest(home, name) for name in snapshots.names(home)]
    return json_response(
        {"snapshots": [{name: manifest[name] for name in names} for manifest in manifests]}
    )


@router.get("/snapshots/{name}", response_model=SnapshotAnswer, dependencies=HEAVY)
def snapshot(request: Request, name: Name, query: Annotated[SnapshotQuery, Query()]) -> Response:
    """Read a published forecast as it was published: both views, and what it stands on."""
    published_forecast = _read(request, name)
    assumptions = {
        key: value
        for key, value in published_forecast.manifest.items()
        if key not in ("files", "name")
    }
    return json_response(
        {
            "name": published_forecast.name,
            "assumptions": assumptions,
            "totals": plain_rows(published_totals(published_forecast, query.by)),
            "overrides": plain_rows(published_forecast.tables["overrides"]),
        }
    )


@router.get("/snapshots/{name}/variance", response_model=VarianceAnswer, dependencies=HEAVY)
def variance(
    service: ServiceDep, request: Request, name: Name, query: Annotated[VarianceQuery, Query()]
) -> Response:
    """Hold a published forecast against what came; the parts sum to the variance to the cent."""
    comparison = hold_against_actuals(
        _read(request, name),
        service.live.current.ledger,
        known_before=None if query.known is None else day_of(query.known),
        end_on=None if query.until is None else day_of(query.until),
        grain=query.by,
        adjusted=query.view == "adjusted",
        layer=query.layer,
    )
    return json_response(
        {
            "name": name,
            "layer": comparison.layer,
            "as_of": iso(comparison.variance.as_of),
            "end_on": iso(comparison.variance.end_on),
            "known_before": iso(comparison.variance.known_before),
            "view": query.view,
            "order": list(PARTS),
            "meaning": MEANING,
            "totals": plain_rows(comparison.variance.totals),
            "base": plain_rows(comparison.base),
            "buckets": plain_rows(comparison.buckets),
            "summary": plain_rows(comparison.summary),
        }
    )


@router.get("/scenarios", response_model=ScenariosAnswer, dependencies=HEAVY)
def scenarios(service: ServiceDep, query: Annotated[ScenarioQuery, Query()]) -> Response:
    """Show the forecast under named changes, side by side."""
    outlook = Outlook.of(
        service.live.current,
        as_of=service.as_of(query.as_of),
        horizon_days=query.horizon,
        base=query.base,
        rate_type=query.rate_type,
        in_sample=query.in_sample,
    )
    changes = outlook.scenarios(query.scenario)
    table = changes_side_by_side(Receipts.of(outlook), changes, query.by, query.layer)
    costs = [
        {"scenario": change.name, **row}
        for change in changes
        if change.name.startswith("discount:")
        for row in plain_rows(
            discount_cost(outlook.cash, change.cash, discount_from_text(change.name))
        )
    ]
    return json_response(
        {
            "as_of": iso(outlook.cash.as_of),
            "in_sample": outlook.is_in_sample,
            "by": query.by,
            "layer": query.layer,
            "told": {change.name: described(change, query.layer) for change in changes},
            "discount_costs": costs,
            "rates_used": plain_rows(outlook.rates_used),
            "records": plain_rows(table.drop(columns="as_of")),
        }
    )


@router.get("/positions", response_model=PositionsAnswer, dependencies=HEAVY)
def positions(service: ServiceDep, query: Annotated[PositionsQuery, Query()]) -> Response:
    """Say what will be owed at the end of each bucket, what of it overdue, and the DSO."""
    outlook = Outlook.of(
        service.live.current,
        as_of=service.as_of(query.as_of),
        horizon_days=query.horizon,
        in_sample=query.in_sample,
    )
    receipts = Receipts.of(outlook)
    return json_response(
        {
            "as_of": iso(receipts.cash.as_of),
            "in_sample": outlook.is_in_sample,
            "verified": NEVER_HELD,
            "by": query.by,
            "layer": query.layer,
            "meaning": POSITIONS[query.layer],
            "positions": plain_rows(coming_positions(receipts, query.by, query.layer)),
            "large_invoices": plain_rows(large_invoices(outlook.cash, query.by)),
        }
    )


def _home(request: Request) -> Folder:
    home: Folder = request.app.state.home
    return home


def _read(request: Request, name: str) -> snapshots.Snapshot:
    home = _home(request)
    if not (home / snapshots.FOLDER / name).is_dir():
        raise ProblemError(404, "unknown-forecast", "No forecast of this id is published.")
    service: Service = request.app.state.service
    service.store.pins.require(home, name)
    return snapshots.read(home, name)
