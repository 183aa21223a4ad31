"""``make lock``: resolve pyproject.toml into hashed requirement files without addresses.

One resolution (dev.txt) constrains the smaller ones, so that a package has one version everywhere but in the
emulator's own environment, which pins another botocore. A ``uv.lock`` would hold download addresses.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
UV = Path(sys.executable).with_name("uv")
OPTIONS = ["--universal", "--generate-hashes", "--no-emit-index-url", "--python-version=3.11", "--quiet"]
HEADER = ["--custom-compile-command=make lock", "--no-annotate", "--upgrade"]
LOCKS: dict[str, list[str]] = {
    "dev": ["pyproject.toml", "--extra=infra", "--group=dev"],
    "infra": ["-", "--constraints=requirements/dev.txt"],
    "api": ["pyproject.toml", "--constraints=requirements/dev.txt"],
    "otel": ["pyproject.toml", "--extra=otel", "--constraints=requirements/dev.txt"],
    "api-test": ["pyproject.toml", "--group=api-test", "--constraints=requirements/dev.txt"],
    "emulator": ["requirements/emulator.in"],
    "bench": ["requirements/bench.in"],
    "peers": ["requirements/peers.in"],
    "aws": ["requirements/aws.in"],
    "policy": ["requirements/policy.in"],
    "image": ["requirements/image.in"],
    "site": ["requirements/site.in"],
    "cdktn": ["-"],
}
# From standard input: the extra alone, without the API's dependencies.
EXTRAS = {"infra": "infra", "cdktn": "infra-cdktn"}


def main() -> None:
    """Write every lock."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]
    for name, sources in LOCKS.items():
        command = [str(UV), "pip", "compile", *OPTIONS, *HEADER, *sources, f"--output-file=requirements/{name}.txt"]
        extra = "\n".join(project["optional-dependencies"].get(EXTRAS.get(name), []))
        subprocess.run(command, cwd=HERE.parent, check=True, input=extra, text=True)  # noqa: S603 - our own command


if __name__ == "__main__":
    main()
