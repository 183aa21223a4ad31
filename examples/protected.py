"""Your own FastAPI application, protected by a user pool: ``uvicorn examples.protected:app``.

COGNITO_ISSUER and COGNITO_CLIENT_ID are outputs of the stack (cognito_issuer, cognito_user_pool_client_id).
"""

import os
from typing import Annotated

from fastapi import FastAPI

from cognito_tokens import Principal, TokenVerifier, user_pool
from cognito_tokens.dependencies import CurrentPrincipal, RequireGroups, protect

app = FastAPI()
protect(app, TokenVerifier([user_pool(os.environ["COGNITO_ISSUER"], os.environ["COGNITO_CLIENT_ID"])]))


@app.get("/hello")
async def hello(principal: CurrentPrincipal) -> str:
    """Greet the signed-in user."""
    return f"Hello, {principal.sub}"


@app.get("/reports")
async def reports(principal: Annotated[Principal, RequireGroups("analysts")]) -> str:
    """Greet analysts only."""
    return f"Hello, analyst {principal.sub}"
