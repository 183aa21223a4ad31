"""GET /livez and GET /readyz."""

from dataclasses import replace
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

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
