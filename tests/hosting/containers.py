"""Containers of the API on this host's network, and nginx in front of them."""

import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.support.docker import Docker
from tests.support.servers import free_port

HARDENED = (
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=256m",
    "--pids-limit=128",
    # The local Cognito listens on the loopback of this host only.
    "--network=host",
)


def start(docker: Docker, image: str, outputs: Path, endpoint: str, **more: str) -> tuple[str, int]:
    """Return the id and the port of a new container, once it lives."""
    port = free_port()
    settings = {
        "STACK_OUTPUTS_JSON": outputs.read_text(),
        "AWS_ENDPOINT_URL": endpoint,
        "TRUSTED_PROXIES": "127.0.0.1",
        "CONCEALMENT_SECONDS": "0",
        "RATE_LIMITS": "off",
        **more,
    }
    environment = [f"--env={name}={value}" for name, value in settings.items()]
    identifier = docker("run", "--detach", *HARDENED, *environment, image, "--port", str(port))
    end = time.monotonic() + 30
    while not docker.succeeds("exec", identifier, "/venv/bin/python", "-m", "api.health.check", str(port)):
        assert time.monotonic() < end, docker("logs", identifier, both=True)
        time.sleep(0.1)
    return identifier, port


@contextmanager
def running_nginx(directory: Path, port: int, upstream: list[int]) -> Generator[None]:
    """Run nginx in front of the ports, which it asks in turn; one that refuses the connection is passed over."""
    servers = "\n".join(f"server 127.0.0.1:{number} max_fails=0;" for number in upstream)
    text = f"""
    daemon off; pid {directory}/nginx.pid; error_log {directory}/error.log; worker_processes 1;
    events {{ worker_connections 256; }}
    http {{
      access_log off; client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
      fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
      upstream api {{ {servers} }}
      server {{
        listen 127.0.0.1:{port};
        location / {{
          # What a closing connection took with it was never read: any method may be tried elsewhere.
          proxy_next_upstream error non_idempotent;
          proxy_pass http://api; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
        }}
      }}
    }}
    """
    configuration = directory / "nginx.conf"
    configuration.write_text(text)
    with subprocess.Popen(["nginx", "-c", str(configuration), "-e", f"{directory}/error.log"]) as server:
        try:
            yield
        finally:
            server.terminate()
