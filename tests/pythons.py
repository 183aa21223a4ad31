"""``python -m tests.pythons``: run the quick tests under every other supported Python on this machine.

It tries python3.11 to python3.14 on PATH, pyenv's versions (through PYENV_VERSION), and the commands in the variable
PYTHONS, separated by spaces. Each gets a virtual environment ``.venv-3.N`` with the API's locked packages.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SUPPORTED = [(3, minor) for minor in range(11, 15)]
LOCK = ROOT / "requirements" / "api-test.txt"
TESTS = ["tests/unit/api", "tests/unit/cognito_tokens", "tests/unit/local"]
_VERSION = "import sys; print(*sys.version_info[:2], sys.executable)"


def main() -> int:
    """Run the tests; return the number of versions that failed."""
    found = {version: path for version, path in _interpreters() if version != sys.version_info[:2]}
    if not found:
        print("No other supported Python (3.11 to 3.14) was found on this machine.", flush=True)
    return sum(not _passes(version, path) for version, path in sorted(found.items()))


def _interpreters() -> list[tuple[tuple[int, int], str]]:
    commands = [f"python{major}.{minor}" for major, minor in SUPPORTED] + os.environ.get("PYTHONS", "").split()
    places = [{}, *({"PYENV_VERSION": version} for version in _pyenv_versions())]
    found = [_identify(command, place) for place in places for command in commands if shutil.which(command)]
    return [(version, path) for version, path in filter(None, found) if version in SUPPORTED]


def _pyenv_versions() -> list[str]:
    if not shutil.which("pyenv"):
        root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
        return sorted(path.name for path in root.iterdir()) if root.exists() else []
    done = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False)
    return done.stdout.split()


def _identify(command: str, place: dict[str, str]) -> tuple[tuple[int, int], str] | None:
    """Return version and path of an interpreter, or ``None`` for one that does not start, as pyenv's shims do."""
    done = subprocess.run(
        [command, "-c", _VERSION], env=os.environ | place, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return None
    major, minor, path = done.stdout.strip().split(" ", 2)
    return (int(major), int(minor)), path


def _passes(version: tuple[int, int], interpreter: str) -> bool:
    name = ".".join(map(str, version))
    python = ROOT / f".venv-{name}/bin/python"
    stamp = ROOT / f".venv-{name}/.installed"
    if not stamp.exists() or stamp.stat().st_mtime < LOCK.stat().st_mtime:
        print(f"Installing the API's packages for Python {name} ...", flush=True)
        subprocess.run([interpreter, "-m", "venv", python.parent.parent], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--require-hashes", "-r", LOCK], check=True)
        stamp.touch()
    print(f"Python {name}:", flush=True)
    tests = [python, "-m", "pytest", "--quiet", "-n", "2", "--dist", "worksteal", "-p", "no:cacheprovider", *TESTS]
    return subprocess.run(tests, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
