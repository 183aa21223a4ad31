"""The request that a proxy asks about, as it says in X-Forwarded-*."""

from dataclasses import dataclass

from fastapi import Request

from api.web.client_ip import is_from_proxy
from api.web.return_path import is_return_path
from api.web.same_site import is_same_site

_PAGES = {"GET", "HEAD"}
_SAFE = {"GET", "HEAD", "OPTIONS", ""}


@dataclass(frozen=True)
class Original:
    """Method and path with query; both are empty where the proxy does not say them, or is not trusted."""

    method: str
    uri: str
    is_from_this_site: bool
    is_page: bool
    is_preflight: bool


def original_of(request: Request) -> Original:
    """Return the original request; X-Forwarded-Method and -Uri are believed from TRUSTED_PROXIES only."""
    headers = request.headers
    is_trusted = is_from_proxy(request, request.app.state.trusted_proxies)
    method, uri = (headers.get(f"x-forwarded-{name}", "") if is_trusted else "" for name in ("method", "uri"))
    # A page of any site can open a WebSocket with this site's cookies.
    is_harmless = method.upper() in _SAFE and headers.get("upgrade", "").lower() != "websocket"
    return Original(
        method=method.upper(),
        uri=uri,
        is_from_this_site=is_harmless or is_same_site(headers, request.app.state.cors_origins),
        is_page=method.upper() in _PAGES and is_return_path(uri) and "text/html" in headers.get("accept", ""),
        is_preflight=method.upper() == "OPTIONS" and "access-control-request-method" in headers,
    )
