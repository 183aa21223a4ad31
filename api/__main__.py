"""``python -m api``: the API under uvicorn, with the options that a public service needs.

Options of uvicorn's command line override them: ``python -m api --host 0.0.0.0 --port 8000 --workers 2``.
"""

import sys

import uvicorn

# Keep-alive outlasts a balancer's (60 s at AWS), which would otherwise reuse a connection that has just been closed.
# The graceful time-out exceeds the 15 s that a request may take (api.web.time_budget). The API has its own log, client
# addresses (TRUSTED_PROXIES) and no WebSockets. uvicorn's limit, which answers 503, is above the number of connections
# from which EdgeProtocol closes idle ones.
OPTIONS = (
    "--http=api.web.edge:EdgeProtocol",
    "--ws=none",
    "--timeout-keep-alive=75",
    "--timeout-graceful-shutdown=20",
    "--limit-concurrency=1100",
    "--no-proxy-headers",
    "--no-server-header",
    "--no-access-log",
)

if __name__ == "__main__":
    uvicorn.main(["api.main:app", *OPTIONS, *sys.argv[1:]], prog_name="python -m api")
