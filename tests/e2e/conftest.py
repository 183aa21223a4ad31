"""A workspace with the Terraform of the machine, else the one from PyPI."""

from pathlib import Path

import pytest

from tests.e2e.terraform import TerraformWorkspace, terraform_from_package, terraform_on_path


@pytest.fixture
def workshop(tmp_path: Path, emulator_url: str) -> TerraformWorkspace:
    return TerraformWorkspace(tmp_path, emulator_url, terraform_on_path(tmp_path) or terraform_from_package(tmp_path))
