"""Secrets Manager: labels of a version besides AWSCURRENT, which ministack forgets when both are given.

Source: API_PutSecretValue. ministack itself deletes a version that has lost its last label, as AWS does.
"""

from importlib import import_module
from typing import Any

from local.cognito.emulator import Answer, Json, body_of, responses

_service: Any = import_module("ministack.services.secretsmanager")
_native_put = _service._put_secret_value


def install() -> None:
    """Install this module's hook into ministack's Secrets Manager."""
    _service._put_secret_value = _put_secret_value


def _put_secret_value(data: Json) -> Answer:
    answer: Answer = _native_put(data)
    if answer[0] != 200:  # noqa: PLR2004 - HTTP
        return answer
    written = body_of(answer)
    versions: dict[str, Json] = _service._resolve(data["SecretId"])[1]["Versions"]
    for label in data.get("VersionStages", []):
        for name, version in versions.items():
            others = [row for row in version["Stages"] if row != label]
            version["Stages"] = [*others, label] if name == written["VersionId"] else others
    return responses.json_response(written | {"VersionStages": versions[written["VersionId"]]["Stages"]})
