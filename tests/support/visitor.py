"""A browser without a script, for tests: it keeps cookies and hidden fields, and sends forms."""

import html
import re

import httpx

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def fields_of(page: httpx.Response) -> dict[str, str]:
    """Return the hidden fields of a page; those of a later form replace those before."""
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page.text)}


class Visitor:
    """One browser at ``http://127.0.0.1``, where httpx would send no Secure cookies."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._cookies: dict[str, str] = {}
        self._fields: dict[str, str] = {}

    def show(self, path: str) -> httpx.Response:
        """Load a page."""
        return self._keep(self._client.get(path, headers=self._headers()))

    def send(self, path: str, **fields: str) -> httpx.Response:
        """Send the form of the page that is shown."""
        return self._keep(self._client.post(path, data=self._fields | fields, headers=self._headers()))

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"Cookie": cookies, "Sec-Fetch-Site": "same-origin"}

    def _keep(self, response: httpx.Response) -> httpx.Response:
        for cookie in response.headers.get_list("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        self._fields = fields_of(response)
        return response
