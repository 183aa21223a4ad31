"""The README's steps in a fresh copy: `make run` and its commands, and a plain `cdktf synth`."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.api_client import Mailbox
from tests.support.servers import ROOT, environment, free_port

README = (ROOT / "README.md").read_text()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Copy all files that git does not ignore: no environment, no node_modules, nothing installed by hand."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, files):
        if (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def bash_lines(heading: str) -> list[str]:
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL) for line in block.splitlines()]


def test_make_run_and_readme_commands_succeed(clone: Path) -> None:
    port, emulator_port, log = free_port(), free_port(), clone / "run.log"
    settings = environment(
        PORT=str(port),
        EMULATOR_PORT=str(emulator_port),
        PYTHON=sys.executable,
        PATH=os.defpath,
        # Most of what is installed is not imported here.
        PIP_NO_COMPILE="1",
    )
    with log.open("w") as output:
        run = subprocess.Popen(
            ["make", "run"], cwd=clone, env=settings, stdout=output, stderr=output, start_new_session=True
        )
    try:
        end = time.monotonic() + 240
        while "Ctrl-C stops" not in log.read_text():
            assert run.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        lines, mailbox = bash_lines("Try it"), Mailbox(f"http://127.0.0.1:{emulator_port}")
        for line, status in zip(lines, ("202", "204", "200"), strict=True):
            code = mailbox.code_for("ada@example.com") if "CODE" in line else ""
            command = shlex.split(line.replace(":8000", f":{port}").replace("CODE", code))
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            assert done.stdout.startswith(f"HTTP/1.1 {status}"), done.stdout
    finally:
        os.killpg(run.pid, signal.SIGINT)
        run.wait(30)


def test_deploy_installs_only_what_it_needs_and_asks_for_terraform(clone: Path) -> None:
    settings = environment(PYTHON=sys.executable, PATH=os.defpath, ENVIRONMENT="prod", STATE="local")
    command = ["make", "--no-print-directory", "guard"]
    done = subprocess.run(command, cwd=clone, env=settings, capture_output=True, text=True, check=False)
    assert "'terraform' is not on PATH; install Terraform (docs/operations.md)" in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in clone.glob(".venv*")} == {".venv"}
    assert not (clone / "node_modules").exists()
    assert not (clone / ".venv/bin/pytest").exists()


def test_plain_cdktf_synth_succeeds(tmp_path: Path) -> None:
    settings = environment(CI="1", CHECKPOINT_DISABLE="1", DISABLE_VERSION_CHECK="1")
    command = ["npx", "--no-install", "cdktf", "synth", "--output", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out/stacks/auth/cdk.tf.json").exists()


def test_readme_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make ([a-z-]+)`", README)) | set(re.findall(r"^make ([a-z-]+)$", README, re.MULTILINE))
    assert named
    assert named <= targets


def test_old_python_is_refused_with_message(clone: Path) -> None:
    old = clone / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "run", f"PYTHON={old}"], cwd=clone, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed; name it with PYTHON=..." in done.stderr
