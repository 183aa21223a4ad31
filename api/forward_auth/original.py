"""The request that a proxy asks about, as it says in X-Forwarded-*."""

from dataclasses import dataclass

from fastapi import Request

from api.web.client_ip import forwarded, warn_once
from api.web.return_path import is_return_path
from api.web.same_site import is_same_site

_PAGES = {"GET", "HEAD"}
_SAFE = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True)
class Original:
    """The kind of the request, and its path with query: empty where no trusted proxy says it, or it is no path."""

    uri: str
    is_from_this_site: bool
    is_page: bool
    is_preflight: bool
    is_web_socket: bool
    # Of the whole address, for pages on another host (PAGES_URL).
    origin: str


def original_of(request: Request) -> Original:
    """Return the original request; X-Forwarded-Method, -Uri and -Host are believed from TRUSTED_PROXIES only."""
    headers = request.headers
    method, uri, host, proto = forwarded(request, request.app.state.trusted_proxies, "method", "uri", "host", "proto")
    uri = uri if is_return_path(uri) else ""
    if not method:
        warn_once("/forward-auth without X-Forwarded-Method from TRUSTED_PROXIES: each request counts as a change")
    # A page of any site can open a WebSocket with this site's cookies. Proxies leave Upgrade out.
    is_web_socket = "sec-websocket-key" in headers or headers.get("sec-fetch-mode") == "websocket"
    is_harmless = method.upper() in _SAFE and not is_web_socket
    return Original(
        uri=uri,
        is_from_this_site=is_harmless or is_same_site(headers, request.app.state.cors_origins, host),
        is_page=method.upper() in _PAGES and uri != "" and "text/html" in headers.get("accept", ""),
        is_preflight=method.upper() == "OPTIONS" and "access-control-request-method" in headers,
        is_web_socket=is_web_socket,
        origin=f"{proto or 'https'}://{host}",
    )
