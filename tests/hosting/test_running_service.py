"""The hosting stack, applied to a local AWS that starts its tasks as containers and forwards requests to them."""

import json
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import httpx
import pytest

from local.processes import Process, answers
from local.provision import provision
from tests.e2e.deployments import aws
from tests.e2e.terraform import TerraformWorkspace, terraform_from_package, terraform_on_path
from tests.hosting.conftest import IMAGES
from tests.support.api_client import Account, Mailbox
from tests.support.docker import GATEWAY, Docker
from tests.support.servers import ROOT, free_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", GATEWAY])
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True)
class Place:
    """A local AWS with the images, and the directory in which the stack is deployed."""

    docker: Docker
    endpoint: str
    workshop: TerraformWorkspace
    certificate_arn: str

    def deploy(self, tasks: int = 2, image: str | None = IMAGES[0], target: str = "deploy") -> str:
        """Run a target of the Makefile with this number of tasks of this image, or without a service."""
        text = (
            f'[hosting]\ndomain = "api.example.com"\ncertificate_arn = "{self.certificate_arn}"\n'
            f'user_pool_id = "us-east-1_AbCdEfGhI"\nmin_tasks = {tasks}\nmax_tasks = {tasks}\n'
            f"network = {{ nat_gateways = 0 }}\n"
        )
        digest = f'image_digest = "sha256:{"0f" * 32}"\n' if image else ""
        directory = self.workshop.directory / "environments"
        directory.mkdir(exist_ok=True)
        (directory / "dev.toml").write_text(text + digest)
        environment = {**CREDENTIALS, "CONCEALMENT_SECONDS": "0", "RATE_LIMITS": "off"}
        return self.make(target, E2E_IMAGE=image or "", E2E_TASK_ENVIRONMENT=json.dumps(environment))

    def make(self, target: str, **more: str) -> str:
        """Run a target of the Makefile for the hosting stack."""
        settings = {"HOSTING": "fargate", "HOSTING_REMOVAL_POLICY": "destroy", "AWS_ENDPOINT_URL": self.endpoint}
        return self.workshop.make(target, "--auto-approve", check=True, **settings, **CREDENTIALS, **more)

    def secret(self, setting: str) -> str:
        """Return the value of one of the tasks' secrets."""
        (outputs,) = json.loads((self.workshop.directory / "hosting.json").read_text()).values()
        found = aws("secretsmanager", self.endpoint).get_secret_value(SecretId=outputs[f"{setting.lower()}_secret_arn"])
        return found["SecretString"]


@pytest.fixture
def place(docker: Docker, tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    directory = tmp_path_factory.mktemp("hosting")
    port = free_port()
    python = ROOT / ".venv-emulator/bin/python"
    environment = {
        "HOME": str(directory),
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "GATEWAY_PORT": str(port),
        # The containers reach it there, and nothing outside this host does.
        "BIND_HOST": GATEWAY,
        "LOCAL_NAMES": f"{GATEWAY},host.docker.internal",
        "DOCKER_HOST": docker.host,
    }
    command = [str(python), "-m", "tests.hosting.ecs_emulator"]
    emulator = Process("The emulator", command, environment, directory / "emulator.log")
    endpoint = f"http://{GATEWAY}:{port}"
    try:
        emulator.wait_until(lambda: answers(f"{endpoint}/_ministack/health"), 20)
        workshop_directory = tmp_path_factory.mktemp("workshop")
        terraform = terraform_on_path(workshop_directory) or terraform_from_package(workshop_directory)
        workshop = TerraformWorkspace(workshop_directory, endpoint, terraform)
        certificate = aws("acm", endpoint).request_certificate(DomainName="api.example.com")["CertificateArn"]
        yield Place(docker, endpoint, workshop, certificate)
    finally:
        emulator.stop()


def balancer(place: Place) -> httpx.Client:
    # The emulator takes the listener from the port of Host, or else the one that Terraform created first.
    return httpx.Client(base_url=f"{place.endpoint}/_alb/sign-in", headers={"Host": f"{GATEWAY}:443"}, timeout=15)


def images(place: Place) -> list[str]:
    """Return the images of the running containers."""
    return place.docker("ps", "--format={{.Image}}").split()


def eventually(look: Callable[[], object], expected: object, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while (seen := look()) != expected:
        assert time.monotonic() < end, seen
        time.sleep(0.2)


def is_ready(place: Place, api: httpx.Client) -> None:
    """Wait until ten answers in turn, of tasks chosen at random, say that a task is ready."""
    try:
        eventually(lambda: {api.get("/readyz").status_code for _ in range(10)}, {200})
    except AssertionError:
        logs = [place.docker("logs", task, both=True)[-3000:] for task in place.docker("ps", "--all", "-q").split()]
        pytest.fail("\n".join([place.docker("ps", "--all"), *logs]))


def test_service_is_deployed_scaled_rolled_and_destroyed(place: Place) -> None:
    provision(place.endpoint, place.workshop.directory / "outputs.json")
    # The three steps of docs/hosting.md: everything but the service, its secrets, the service.
    place.deploy(image=None)
    assert "STACK_OUTPUTS_JSON, SEALING_KEYS" in place.make("hosting-secrets")
    place.deploy()
    with balancer(place) as api:
        is_ready(place, api)
        account = Account.verified(api, Mailbox(place.endpoint))
        token = account.log_in().json()["access_token"]
        assert all(account.session(token).status_code == 200 for _ in range(20))
        assert account.log_out(token).status_code == 204
        time.sleep(1)
        # The load balancer chooses a task at random: each of the two has been asked.
        assert all(account.session(token).status_code == 401 for _ in range(30))

        for tasks in (3, 2):
            place.deploy(tasks)
            eventually(lambda: len(images(place)), tasks)

        place.deploy(image=IMAGES[1])
        eventually(lambda: images(place), [IMAGES[1]] * 2)
        is_ready(place, api)
        assert account.log_in().status_code == 200
        # State outlives the tasks: it is in the table.
        assert account.session(token).status_code == 401
        sealed = place.secret("SEALING_KEYS")
        assert "The new key seals" in place.make("rotate-sealing-keys")
        assert place.secret("SEALING_KEYS").split(",")[1:] == sealed.split(",")
        is_ready(place, api)
    place.deploy(target="destroy", image=IMAGES[1])
    assert images(place) == []
