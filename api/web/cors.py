"""Cross-origin requests from listed origins (Fetch standard, CORS protocol)."""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from api.web.client_metadata import PREFIX


def cors(origins: frozenset[str], client_metadata: Sequence[str], *, allow_credentials: bool) -> Middleware:
    """Return the middleware that lets pages of ``origins`` call; ``allow_credentials`` lets them send cookies."""
    return Middleware(
        CORSMiddleware,
        allow_origins=sorted(origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        # With those of W3C Trace Context and Baggage, which monitoring scripts add to every request.
        allow_headers=[
            "Authorization",
            "Content-Type",
            "X-CSRF-Token",
            "X-Request-ID",
            "X-Session",
            "baggage",
            "traceparent",
            "tracestate",
            *(PREFIX + name for name in client_metadata),
        ],
        expose_headers=["Retry-After", "WWW-Authenticate", "X-CSRF-Token", "X-Request-ID"],
        allow_credentials=allow_credentials,
        max_age=600,
    )
