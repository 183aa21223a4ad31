"""Baseline: the endpoints with constant responses."""

from bench.apps.models import LoginRequest, SessionResponse, TokenResponse, new_app

app = new_app()
_TOKEN = "x" * 1000


@app.post("/login")
async def login(body: LoginRequest) -> TokenResponse:
    """Return placeholder tokens."""
    del body
    return TokenResponse(access_token=_TOKEN, id_token=_TOKEN, refresh_token=_TOKEN, expires_in=3600)


@app.get("/session")
async def session() -> SessionResponse:
    """Return a placeholder session."""
    return SessionResponse(
        sub="7d8c9c1e-0000-4000-8000-000000000000",
        username="7d8c9c1e-0000-4000-8000-000000000000",
        client_id="clientid",
        scopes=["aws.cognito.signin.user.admin"],
        groups=[],
        auth_time=1767225600,
        expires_at=1767229200,
    )
