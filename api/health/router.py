"""GET /livez, /readyz and /metrics."""

import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.errors import FeatureNotEnabled
from api.web.problems import NOT_READY, documented, problem_response
from cognito_tokens.errors import TokenMissing

if TYPE_CHECKING:
    from api.health.readiness import Readiness
    from api.telemetry.metrics import Metrics

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The service is available."""

    status: Literal["ok"] = "ok"


@router.get("/livez", operation_id="livez", summary="Check liveness")
async def livez() -> Health:
    """Return 200 while the process runs, regardless of its dependencies."""
    return Health()


@router.get(
    "/readyz", operation_id="readyz", summary="Check readiness", response_model=Health, responses=documented(NOT_READY)
)
async def readyz(request: Request) -> Health | JSONResponse:
    """Return 503 with the reason while the user pool cannot be used."""
    readiness: Readiness = request.app.state.readiness
    reason = await readiness.reason()
    return problem_response(request, replace(NOT_READY, detail=reason)) if reason else Health()


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Return metrics for Prometheus if METRICS is enabled, to a caller with METRICS_TOKEN if there is one."""
    found: Metrics | None = request.app.state.metrics
    if found is None:
        raise FeatureNotEnabled
    token: str | None = request.app.state.metrics_token
    if token and not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
        raise TokenMissing
    from api.telemetry.metrics import CONTENT_TYPE  # noqa: PLC0415 - loaded only if enabled

    return Response(found.text(), headers={"Content-Type": CONTENT_TYPE})
