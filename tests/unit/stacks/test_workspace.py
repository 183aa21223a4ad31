"""The working directory of a deployment."""

from pathlib import Path

import pytest

from stacks.workspace import synthesized


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
