"""``python -m stacks.deploy``: synthesize, plan, check the plan, and apply that same plan (ADR 0016).

``make guard``, ``diff``, ``deploy`` and ``destroy`` run it.
"""

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from stacks import lock, unfinished
from stacks.checks import deployment_lock, security_policy
from stacks.checks.plan_guard import Problem, problems
from stacks.terraform import DeployError, Terraform, exit_status
from stacks.workspace import alone, outputs_file, synthesized

Json = dict[str, Any]
_UNFINISHED = (
    "The apply did not finish. What was changed is in the state: run the command again. If that reports a state "
    "lock, docs/operations.md (State) says how to remove it."
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stacks.deploy", allow_abbrev=False)
    parser.add_argument("command", choices=["guard", "diff", "deploy", "destroy"])
    parser.add_argument("--outputs", type=Path, default=outputs_file(), help="file to write the outputs to")
    parser.add_argument("--auto-approve", action="store_true", help="apply without asking")
    parser.add_argument("--var", action="append", default=[], help="value of a Terraform variable: NAME=VALUE")
    parser.add_argument("--var-file", action="append", default=[], type=Path, help="file with values of variables")
    parser.add_argument("--skip-provider-lock", action="store_true", help="ignored; an option of cdktf")
    return parser.parse_args()


def _variables(given: argparse.Namespace) -> list[str]:
    """Return the options of ``terraform plan``; files that cdktf reads by itself come first."""
    # In the order in which Terraform reads the files of its own directory.
    fixed = [path for path in map(Path, ("terraform.tfvars", "terraform.tfvars.json")) if path.exists()]
    own = [*fixed, *sorted([*Path().glob("*.auto.tfvars"), *Path().glob("*.auto.tfvars.json")])]
    files = [f"-var-file={path.absolute()}" for path in [*own, *given.var_file]]
    return [*files, *(f"-var={value}" for value in given.var)]


def _require_harmless(terraform: Terraform, directory: Path) -> None:
    """Judge the saved plan; raise ``DeployError`` with a line for each reason not to apply it."""
    plan: Json = json.loads(terraform.read("show", "-json", "plan"))
    stack = directory.name
    lock_file = str(deployment_lock.path_of(stack))
    found = [*problems(plan, deployment_lock.read(stack), lock_file), *unfinished.problems(stack, plan)]
    accepted = {address.strip() for address in os.environ.get("GUARD_ACCEPT", "").split(",")}
    refused = [line for problem in found if (line := _refusal(problem, accepted))]
    refused += _broken_rules(json.loads((directory / "cdk.tf.json").read_text()), plan)
    if refused:
        raise DeployError("\n".join(refused))
    print("The plan loses no users and prints no secrets.", flush=True)


def _refusal(problem: Problem, accepted: set[str]) -> str | None:
    """Return the line that refuses the plan because of ``problem``, or None when its address is ``accepted``."""
    if problem.address is None:
        return f"REFUSED  {problem.text}."
    if problem.address not in accepted:
        return f"REFUSED  {problem.text}. If this is meant, set GUARD_ACCEPT={problem.address}."
    print(f"ACCEPTED {problem.text}.", flush=True)
    return None


def _broken_rules(stack: Json, plan: Json) -> list[str]:
    """Print the findings of the policy with the plan's values, and return those that refuse the plan."""
    variables = {name: row.get("value") for name, row in plan.get("variables", {}).items()}
    only_reported = os.environ.get("POLICY") == "report" or os.environ.get("USER_POOL_REMOVAL_POLICY") == "destroy"
    broken: list[str] = []
    for required, line in security_policy.report(stack, variables):
        if required and not only_reported:
            broken.append(f"{line}, or set POLICY=report.")
        else:
            print(line, flush=True)
    return broken


def _require_approval() -> None:
    if not sys.stdin.isatty():
        message = "Nothing was applied: no terminal to confirm at; add CDKTF_ARGS=--auto-approve."
        raise DeployError(message)
    try:
        confirmed = input("Apply this plan? Only 'yes' is accepted: ") == "yes"
    except EOFError:
        confirmed = False
    if not confirmed:
        message = "Nothing was applied."
        raise DeployError(message)


def _write_outputs(path: Path, stack: str, state: Json) -> None:
    """Write the outputs in the format of ``cdktf deploy --outputs-file``; a failure leaves the old file."""
    outputs = {name: row["value"] for name, row in state["values"].get("outputs", {}).items()}
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.write_text(json.dumps({stack: outputs}, indent=2) + "\n")
    new.replace(path)


def _run(given: argparse.Namespace) -> None:
    with alone(), synthesized() as directory:
        terraform = Terraform(directory)
        terraform.init()
        if unfinished.is_marked(directory.name):
            _write_lock(terraform, directory)
        destroys = ["-destroy"] if given.command == "destroy" else []
        shown = terraform.read("plan", "-input=false", "-no-color", "-out=plan", *_variables(given), *destroys)
        if given.command in {"guard", "deploy"}:
            _require_harmless(terraform, directory)
        if given.command == "guard":
            return
        # Shown only after the check, because a refused plan may print a secret.
        print(shown, flush=True)
        if given.command == "diff":
            return
        _apply(terraform, directory, given)
        if given.command == "destroy":
            deployment_lock.path_of(directory.name).unlink(missing_ok=True)
        if given.command == "deploy":
            _write_outputs(given.outputs, directory.name, _write_lock(terraform, directory))


def _write_lock(terraform: Terraform, directory: Path) -> Json:
    """Write the lock of what the state records, and return the state."""
    state = terraform.state()
    lock.write(directory, state)
    return state


def _apply(terraform: Terraform, directory: Path, given: argparse.Namespace) -> None:
    if not given.auto_approve:
        _require_approval()
    unfinished.begin(directory.name)
    try:
        terraform.show("apply", "-input=false", "-no-color", "plan")
    except (DeployError, KeyboardInterrupt):
        sys.stderr.write(f"{_UNFINISHED}\n")
        if given.command == "deploy":
            _write_lock(terraform, directory)
        raise
    finally:
        unfinished.end(directory.name)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run the command; return 1 with one message when it cannot be completed, 130 when it was interrupted."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return exit_status(lambda: _run(_arguments()))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
