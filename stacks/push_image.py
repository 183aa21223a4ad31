"""``python -m stacks.push_image IMAGE``: push a local image to the stack's repository, and print its digest.

``make image-push`` runs it. Docker's credentials for the repository are in a directory that is removed at the end.
"""

import base64
import json
import os
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any

from stacks.boto import client, exit_status
from stacks.terraform import DeployError
from stacks.workspace import deployed_outputs

Json = dict[str, Any]


def _docker(*arguments: str, given: str | None = None, **more: str) -> str:
    done = subprocess.run(  # noqa: S603 - the operator's Docker
        ["docker", *arguments],  # noqa: S607 - as above
        env=os.environ | more,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        message = f"docker {arguments[0]} failed: {done.stderr.strip()}"
        raise DeployError(message)
    return done.stdout.strip()


def push(image: str) -> str:
    """Push ``image`` under the tag of its own id, and return the digest; raise ``DeployError`` when that fails."""
    _, outputs = deployed_outputs("hosting")
    repository = outputs["image_repository_url"]
    ecr = client("ecr", outputs["aws_region"])
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    identifier = _docker("image", "inspect", "--format={{.Id}}", image)
    # Tags never move, so each image has its own.
    name = f"{repository}:{identifier.removeprefix('sha256:')[:12]}"
    _docker("tag", image, name)
    # The daemon of the operator's context, which an empty configuration does not name.
    daemon = {"DOCKER_HOST": _docker("context", "inspect", "--format={{.Endpoints.docker.Host}}")}
    with TemporaryDirectory() as config:
        own = daemon | {"DOCKER_CONFIG": config}
        _docker("login", "--username", user, "--password-stdin", repository.partition("/")[0], given=password, **own)
        _docker("push", "--quiet", name, **own)
    digests: list[str] = json.loads(_docker("image", "inspect", "--format={{json .RepoDigests}}", name))
    found = [digest.partition("@")[2] for digest in digests if digest.startswith(f"{repository}@")]
    if not found:
        message = f"Docker pushed {name}, but does not know its digest; look for it in the repository."
        raise DeployError(message)
    return found[0]


def main() -> int:
    """Push the image of the command line; return 1 with one message when it cannot be completed."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and one argument
        sys.stderr.write("Name the image: python -m stacks.push_image IMAGE\n")
        return 1
    return exit_status(lambda: print(f'image_digest = "{push(sys.argv[1])}"'))


if __name__ == "__main__":
    sys.exit(main())
