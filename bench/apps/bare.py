"""The limit: the endpoint with nothing behind it."""

from bench.apps.models import LoginRequest, TokenResponse, new_app

app = new_app()
_TOKEN = "x" * 1000


@app.post("/login")
async def login(body: LoginRequest) -> TokenResponse:
    """Answer tokens of nobody."""
    del body
    return TokenResponse(access_token=_TOKEN, id_token=_TOKEN, refresh_token=_TOKEN, expires_in=3600)
