"""The token library as a package: built, installed into an empty environment, and used by examples/protected.py."""

import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.support.servers import ROOT, environment, free_port, wait_for
from tests.support.tokens import CLIENT_ID, KEY, SUB

MODULES = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cognito_tokens").rglob("*.py")}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory with the sdist and the wheel, built from a copy: a build leaves files beside its sources."""
    directory = tmp_path_factory.mktemp("package")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "cognito_tokens", directory / "cognito_tokens", ignore=ignored)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", "cognito_tokens"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return directory / "dist"


@pytest.fixture(scope="module")
def installed(distributions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment with the library, its extra ``fastapi`` and uvicorn, and nothing else."""
    directory = tmp_path_factory.mktemp("environment")
    venv.create(directory / "venv", with_pip=True)
    python = directory / "venv/bin/python"
    # The versions of the lock, without its hashes, which would be required of the wheel too.
    constraints = directory / "constraints.txt"
    constraints.write_text(
        "\n".join(re.findall(r"^([\w.-]+==[\w.]+)", (ROOT / "requirements/dev.txt").read_text(), re.MULTILINE))
    )
    (wheel,) = distributions.glob("*.whl")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-compile", f"--constraint={constraints}"]
    done = subprocess.run([*pip, f"{wheel}[fastapi]", "uvicorn"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return python


def test_distributions_hold_every_module_and_the_type_marker(distributions: Path) -> None:
    (wheel,), (sdist,) = distributions.glob("*.whl"), distributions.glob("*.tar.gz")
    assert {*zipfile.ZipFile(wheel).namelist()} >= MODULES | {"cognito_tokens/py.typed"}
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names >= {"README.md", "py.typed", *(module.partition("/")[2] for module in MODULES)}


def test_core_needs_no_extra(installed: Path, tmp_path: Path) -> None:
    program = (
        "import sys, cognito_tokens, cognito_tokens.http_client, cognito_tokens.strict_json;"
        "print(sorted({'fastapi', 'starlette', 'pydantic', 'redis', 'boto3'} & {*sys.modules}))"
    )
    done = subprocess.run([installed, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_example_accepts_only_tokens_of_its_pool(installed: Path, tmp_path: Path) -> None:
    pool, app = free_port(), free_port()
    issuer = f"http://127.0.0.1:{pool}/pool"
    (tmp_path / "pool/.well-known").mkdir(parents=True)
    (tmp_path / "pool/.well-known/jwks.json").write_bytes(KEY.jwks())
    shutil.copy(ROOT / "examples/protected.py", tmp_path)
    keys = [sys.executable, "-m", "http.server", str(pool), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    command = [str(installed), "-m", "uvicorn", "protected:app", "--port", str(app)]
    settings = environment(COGNITO_ISSUER=issuer, COGNITO_CLIENT_ID=CLIENT_ID)
    settings.pop("PYTHONPATH", None)
    with (
        subprocess.Popen(keys, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as key_server,
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, cwd=tmp_path, env=settings, stdout=log, stderr=log) as server,
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
    example = re.sub(r'    """.*"""\n', "", (ROOT / "examples/protected.py").read_text())
    for document in ("README.md", "docs/tokens.md", "cognito_tokens/README.md"):
        shown = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
        assert shown, document
        for block in shown:
            assert block.strip() in example, document
