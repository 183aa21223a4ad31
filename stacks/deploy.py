"""``python -m stacks.deploy``: synthesize, plan, check the plan, and apply that same plan (ADR 0016).

``make guard``, ``diff``, ``deploy`` and ``destroy`` run it. Its files are in ``.deploy``, readable by their owner only,
because a plan contains secrets; they are removed when it ends, and by the next run if it was killed.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from stacks import lock
from stacks.checks.deployment_lock import LOCKS
from stacks.checks.plan_guard import problems, second_pools
from stacks.terraform import DeployError, Terraform

_DIRECTORY = Path(".deploy")
_DESTROY = {"destroy": ("-destroy",)}
_UNFINISHED = (
    "The apply did not finish. What was changed is in the state: run the command again. If that reports a state "
    "lock and no other deployment is running, `terraform force-unlock` removes it (docs/operations.md)."
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stacks.deploy", allow_abbrev=False)
    parser.add_argument("command", choices=["guard", "diff", "deploy", "destroy"])
    parser.add_argument("--outputs", type=Path, default=Path("outputs.json"), help="file to write the outputs to")
    parser.add_argument("--auto-approve", action="store_true", help="apply without asking")
    parser.add_argument("--var", action="append", default=[], help="value of a Terraform variable: NAME=VALUE")
    parser.add_argument("--var-file", action="append", default=[], type=Path, help="file with values of variables")
    parser.add_argument("--skip-provider-lock", action="store_true", help="accepted for cdktf's sake; always so here")
    return parser.parse_args()


@contextmanager
def _synthesized() -> Generator[Path]:
    """Synthesize with the ``app`` of cdktf.json, and yield the directory of the stack."""
    umask = os.umask(0o077)
    shutil.rmtree(_DIRECTORY, ignore_errors=True)
    _DIRECTORY.mkdir()
    try:
        app: str = json.loads(Path("cdktf.json").read_text())["app"]
        settings = os.environ | {"CDKTF_OUTDIR": str(_DIRECTORY)}
        done = subprocess.run(app, shell=True, env=settings, stdout=subprocess.DEVNULL, check=False)  # noqa: S602 - the operator's own file
        if done.returncode:
            message = f"The synthesis failed: {shlex.quote(app)} ended with {done.returncode}; see its message above."
            raise DeployError(message)
        (stack,) = (_DIRECTORY / "stacks").iterdir()
        yield stack
    finally:
        os.umask(umask)
        shutil.rmtree(_DIRECTORY, ignore_errors=True)


def _variables(given: argparse.Namespace) -> list[str]:
    """Return the options of ``terraform plan``; files that cdktf reads by itself come first."""
    own = [path for path in [Path("terraform.tfvars"), *sorted(Path().glob("*.auto.tfvars"))] if path.exists()]
    files = [f"-var-file={path.absolute()}" for path in [*own, *given.var_file]]
    return [*files, *(f"-var={value}" for value in given.var)]


def _require_harmless(terraform: Terraform, stack: str) -> None:
    plan = json.loads(terraform.read("show", "-json", "plan"))
    found = [*problems(plan), *second_pools(plan, LOCKS / f"{stack}.json")]
    if found:
        raise DeployError("\n".join(f"REFUSED  {problem}" for problem in found))
    sys.stdout.write("The plan loses no users and prints no secrets.\n")


def _require_approval() -> None:
    if not sys.stdin.isatty():
        message = "Nothing was applied: no terminal to confirm at; add CDKTF_ARGS=--auto-approve."
        raise DeployError(message)
    if input("Apply this plan? Only 'yes' is accepted: ") != "yes":
        message = "Nothing was applied."
        raise DeployError(message)


def _write_outputs(path: Path, stack: str, printed: str) -> None:
    """Write the outputs in the format of ``cdktf deploy --outputs-file``; a failure leaves the old file."""
    outputs = {name: row["value"] for name, row in json.loads(printed).items()}
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.write_text(json.dumps({stack: outputs}, indent=2) + "\n")
    new.replace(path)


def _run(given: argparse.Namespace) -> None:
    with _synthesized() as directory:
        terraform = Terraform(directory)
        terraform.read("init", "-input=false", "-no-color")
        # Printed but for `guard`, which prints its verdict alone.
        plan = terraform.read if given.command == "guard" else terraform.show
        plan("plan", "-input=false", "-no-color", "-out=plan", *_variables(given), *_DESTROY.get(given.command, ()))
        if given.command in {"guard", "deploy"}:
            _require_harmless(terraform, directory.name)
        if given.command in {"deploy", "destroy"}:
            _apply(terraform, given)
        if given.command == "deploy":
            _write_outputs(given.outputs, directory.name, terraform.read("output", "-json", "-no-color"))
    if given.command == "deploy":
        lock.main()


def _apply(terraform: Terraform, given: argparse.Namespace) -> None:
    if not given.auto_approve:
        _require_approval()
    try:
        terraform.show("apply", "-input=false", "-no-color", "plan")
    except (DeployError, KeyboardInterrupt):
        sys.stderr.write(f"{_UNFINISHED}\n")
        raise


def main() -> int:
    """Run the command; return 1 with one message when it cannot be completed, 130 when it was interrupted."""
    try:
        _run(_arguments())
    except DeployError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
