"""examples/protected.py as a reader runs it: its own server, with tokens of the pool."""

import re
import subprocess
import sys
from pathlib import Path

import httpx

from tests.support.servers import ROOT, environment, free_port, wait_for
from tests.support.tokens import CLIENT_ID, KEY, SUB


def test_example_accepts_only_tokens_of_its_pool(tmp_path: Path) -> None:
    pool, app = free_port(), free_port()
    issuer = f"http://127.0.0.1:{pool}/pool"
    (tmp_path / "pool/.well-known").mkdir(parents=True)
    (tmp_path / "pool/.well-known/jwks.json").write_bytes(KEY.jwks())
    keys = [sys.executable, "-m", "http.server", str(pool), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    command = [sys.executable, "-m", "uvicorn", "examples.protected:app", "--port", str(app)]
    settings = environment(COGNITO_ISSUER=issuer, COGNITO_CLIENT_ID=CLIENT_ID)
    with (
        subprocess.Popen(keys, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as key_server,
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=settings, stdout=log, stderr=log) as server,
    ):
        try:
            wait_for(f"http://127.0.0.1:{pool}/pool/.well-known/jwks.json", key_server, tmp_path / "log")
            wait_for(f"http://127.0.0.1:{app}/openapi.json", server, tmp_path / "log")
            with httpx.Client(base_url=f"http://127.0.0.1:{app}") as client:
                token = KEY.token(iss=issuer, **{"cognito:groups": ["analysts"]})
                assert client.get("/hello", headers={"Authorization": f"Bearer {token}"}).json() == f"Hello, {SUB}"
                assert client.get("/reports", headers={"Authorization": f"Bearer {token}"}).status_code == 200
                outsider = {"Authorization": f"Bearer {KEY.token(iss=issuer)}"}
                assert client.get("/reports", headers=outsider).status_code == 403
                refused = client.get("/hello")
                assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
                another = {"Authorization": f"Bearer {KEY.token()}"}
                assert client.get("/hello", headers=another).status_code == 401
        finally:
            server.terminate()
            key_server.terminate()


def test_documents_show_example_code() -> None:
    example = (ROOT / "examples/protected.py").read_text().replace('    """Greet whoever is signed in."""\n', "")
    for document in ("README.md", "docs/tokens.md"):
        shown = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
        assert shown, document
        for block in shown:
            assert block.strip() in example, document
