"""Secrets Manager: labels of a version besides AWSCURRENT, and secrets that have no value yet; ministack forgets both.

Sources: API_PutSecretValue, API_CreateSecret. ministack itself deletes a version that has lost its last label, as AWS
does.
"""

from importlib import import_module
from typing import Any

from local.cognito.emulator import Answer, Json, body_of, responses

_service: Any = import_module("ministack.services.secretsmanager")
_native_put = _service._put_secret_value
_native_get = _service._get_secret_value


def install() -> None:
    """Install this module's hooks into ministack's Secrets Manager."""
    _service._put_secret_value = _put_secret_value
    _service._get_secret_value = _get_secret_value


def _get_secret_value(data: Json) -> Answer:
    answer: Answer = _native_get(data)
    if answer[0] != 200 or {"SecretString", "SecretBinary"} & body_of(answer).keys():  # noqa: PLR2004 - HTTP
        return answer
    message = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
    return responses.error_response_json("ResourceNotFoundException", message, 400)


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
