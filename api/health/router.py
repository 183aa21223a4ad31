"""GET /livez, /readyz and /metrics."""

from dataclasses import replace
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.errors import FeatureNotEnabled
from api.problems import NOT_READY, documented, problem_response
from api.runtime import runtime_of

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The service is there."""

    status: Literal["ok"] = "ok"


@router.get("/livez", operation_id="livez", summary="Is the process alive?")
async def livez() -> Health:
    """Answer whatever the state of anything else."""
    return Health()


@router.get(
    "/readyz", operation_id="readyz", summary="Can it serve?", response_model=Health, responses=documented(NOT_READY)
)
async def readyz(request: Request) -> Health | JSONResponse:
    """Answer 503 with the reason while the user pool cannot be used."""
    reason = await runtime_of(request).readiness.reason()
    return problem_response(request, replace(NOT_READY, detail=reason)) if reason else Health()


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Answer what Prometheus scrapes, where METRICS is on: keep it from the public."""
    found = runtime_of(request).metrics
    if found is None:
        raise FeatureNotEnabled
    from api.metrics import CONTENT_TYPE  # noqa: PLC0415 - loaded where it is on

    return Response(found.text(), headers={"Content-Type": CONTENT_TYPE})
