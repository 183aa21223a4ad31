"""The addresses of the pages, for tests that cover all of them."""

from starlette.routing import Route

from api.pages.routes import page_routes

_ROUTES = [route for route in page_routes({}) if isinstance(route, Route)]
# Those of forms; a GET of one without a page leads to the page that has the form.
POSTED = {route.path for route in _ROUTES if "POST" in (route.methods or ())}
SHOWN = sorted(route.path for route in _ROUTES if "GET" in (route.methods or ()) and "{" not in route.path)
