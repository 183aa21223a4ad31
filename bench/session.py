"""Benchmark of GET /session: token verification compared with a bare route and with fastapi-cognito."""

import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import NamedTuple

from api.cognito.calls import TokenSet
from api.sessions.cookies import Cookies
from bench.report import Result, at_most, figure
from bench.servers import PYTHON, ROOT, cpu_seconds, free_port, load_of, process, uvicorn_of, wait_for
from tests.support.tokens import KEY

PEERS: dict[str, tuple[Path, str]] = {
    "ours": (PYTHON, "api.main:app"),
    "bare": (PYTHON, "bench.apps.bare:app"),
    "ours with a cookie": (PYTHON, "api.main:app"),
    "fastapi-cognito": (ROOT / ".venv-bench/bin/python", "bench.apps.fastapi_cognito_app:app"),
}
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
CLIENTS = 50
SECONDS = 3.0
WARM_UP = 1.0
# More tokens than the verifier caches: sent in turn, each is evicted before it is sent again.
DIFFERENT = 10_500


class Run(NamedTuple):
    """CPU time per request in microseconds, and requests per second."""

    cpu: float
    rate: float


def measure() -> list[Result]:
    """Return the CPU time per request with cached and with uncached tokens, and the ratios."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "jwks.json").write_bytes(KEY.jwks())
        warm = _rounds(directory, 50, ("ours", "bare"))
        different = _rounds(directory, DIFFERENT, ("ours", "fastapi-cognito"))
        cookies = _rounds(directory, 50, ("ours", "ours with a cookie"))
    return [
        *_figures("cached tokens", warm),
        *_figures("uncached tokens", different),
        *_figures("cookies", cookies),
        at_most("session, cached tokens: CPU of ours / bare", warm["ours"].cpu / warm["bare"].cpu, "x", 1.15),
        at_most(
            "session, uncached tokens: CPU of ours / fastapi-cognito",
            different["ours"].cpu / different["fastapi-cognito"].cpu,
            "x",
            0.7,
        ),
        # It opens two sealed cookies in addition.
        at_most(
            "session: CPU with a cookie / with a bearer token",
            cookies["ours with a cookie"].cpu / cookies["ours"].cpu,
            "x",
            1.6,
        ),
    ]


def _figures(case: str, found: dict[str, Run]) -> list[Result]:
    return [
        figure(f"session, {case}: {peer}", value, unit)
        for peer, run in found.items()
        for value, unit in ((run.cpu, "us CPU"), (run.rate, "req/s"))
    ]


def _rounds(directory: Path, number: int, peers: tuple[str, ...]) -> dict[str, Run]:
    tokens = [KEY.token() for _ in range(number)]
    requests = {"": directory / f"{number}.json", "cookie": directory / f"{number}-cookies.json"}
    requests[""].write_text(json.dumps([_request(f"Authorization: Bearer {token}") for token in tokens]))
    requests["cookie"].write_text(json.dumps([_request(_cookie(token)) for token in tokens[:50]]))
    jwks = directory / "jwks.json"
    runs: dict[str, list[Run]] = {peer: [] for peer in peers}
    with process([str(PYTHON), "-m", "bench.upstream", str(port := free_port()), "0", str(jwks)], 1):
        wait_for(port)
        for _ in range(ROUNDS):
            for peer in peers:
                kind = "cookie" if peer.endswith("cookie") else ""
                runs[peer].append(_run(peer, port, requests[kind], jwks))
    return {
        peer: Run(statistics.median(run.cpu for run in found), statistics.median(run.rate for run in found))
        for peer, found in runs.items()
    }


def _request(header: str) -> str:
    return f"GET /session HTTP/1.1\r\nHost: api\r\n{header}\r\n\r\n"


def _cookie(token: str) -> str:
    """Return the header of a browser; the client secret of `bench.servers` seals."""
    written = Cookies(("secret",)).write(TokenSet(token, token, "refresh", 3600), "bench")
    return f"Cookie: {'; '.join(cookie.partition(';')[0] for cookie in written)}"


def _run(peer: str, upstream: int, requests: Path, jwks: Path) -> Run:
    python, app = PEERS[peer]
    settings = {"COOKIE_SESSIONS": "on"} if peer.endswith("cookie") else {}
    settings |= {"LOG_LEVEL": "WARNING", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{upstream}", "JWKS_FILE": str(jwks)}
    with process(uvicorn_of(python, app, port := free_port()), 0, **settings) as server:
        wait_for(port)
        load_of(port, CLIENTS, WARM_UP, requests)
        before = cpu_seconds(server.pid)
        load = load_of(port, CLIENTS, SECONDS, requests)
        if load["errors"]:
            message = f"{peer}: {load['errors']} of {load['requests']} requests failed"
            raise RuntimeError(message)
        cpu = (cpu_seconds(server.pid) - before) / load["requests"] * 1e6
        return Run(cpu, load["requests"] / load["seconds"])
