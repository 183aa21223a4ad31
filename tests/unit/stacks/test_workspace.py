"""The working directory of a deployment."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.workspace import synthesized
from tests.support.servers import ROOT, environment

# As Python does that swallows Ctrl-C while it starts.
APP_THAT_IGNORES_CTRL_C = "(trap '' INT TERM; echo begun > begun; while true; do mkdir -p .deploy/late; done) & wait"
# A process of its own, because only one without threads can hold a signal back.
INTERRUPTED_AT_START = """
from stacks import interruptible
for _ in range(8):
    command = ["sh", "-c", "kill -INT $PPID; exec sleep 60"]
    process, _, stopped = interruptible.run(command, lambda process: process.kill())
    print(process.returncode, stopped)
"""


def test_signal_that_arrives_with_the_directory_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make = Path.mkdir

    def make_then_interrupt(path: Path) -> None:
        make(path)
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "mkdir", make_then_interrupt)
    with pytest.raises(KeyboardInterrupt), synthesized():
        pass
    assert list(tmp_path.iterdir()) == []


def test_app_that_ignores_ctrl_c_writes_nothing_after_the_end(tmp_path: Path) -> None:
    (tmp_path / "cdktf.json").write_text(json.dumps({"app": APP_THAT_IGNORES_CTRL_C}))
    os.mkfifo(tmp_path / "begun")
    process = subprocess.Popen(
        [sys.executable, "-m", "stacks.deploy", "diff"],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT)),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert (tmp_path / "begun").read_text() == "begun\n"
    os.killpg(process.pid, signal.SIGINT)
    # The end of this pipe is also the end of every process that has it open.
    assert process.communicate(timeout=60) == (None, b"")
    assert process.returncode == 130
    assert not (tmp_path / ".deploy").exists()


def test_command_is_stopped_by_a_signal_that_arrives_as_it_starts() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_AT_START], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b"-9 True\n" * 8
