"""Deployments. ``ENVIRONMENT`` selects one; the default is dev. Their values are in ``environments/NAME.toml``.

Each deployment has its own stack and its own state. ``HOSTING=fargate`` selects the hosting stack of the environment in
place of the pool's. The app synthesizes only the selected one, so ``cdktf deploy``
needs no stack name.
"""

import os
from dataclasses import dataclass, replace
from typing import Any

from cdktf import App, TerraformStack
from pydantic import ValidationError

from stacks.auth.props import AuthStackProps
from stacks.auth.stack import AuthStack
from stacks.auth.user_pool.props import UserPoolProps
from stacks.checks import deployment_lock
from stacks.checks.deployment_lock import LockBrokenError
from stacks.environment_file import DEV, EnvironmentFile, InvalidSettingError, arguments, path_of, read
from stacks.hosting.environment import FARGATE, hosting_props
from stacks.hosting.props import HostingProps
from stacks.props import explain
from stacks.state import LocalState, S3Place, S3State, State, StateBucket, keep_state, place_of

BOOTSTRAP = "bootstrap"


@dataclass(frozen=True)
class Environment:
    """A deployment: the stack id, which is part of the name of its state, the props, the state and the product."""

    stack: str
    props: AuthStackProps | HostingProps
    state: State
    product: str | None = None


def immutable_fields(props: UserPoolProps, state: str = "local") -> dict[str, Any]:
    """Return what a deployment cannot change, in the form of the lock; ``state`` is the place of the state."""
    attributes = props.attributes
    custom = {
        row.name: deployment_lock.explicit(row.model_dump(exclude={"name", "limited"})) for row in attributes.custom
    }
    return {
        "state": state,
        "username_attributes": sorted(props.sign_in.username_attributes),
        "alias_attributes": sorted(props.sign_in.alias_attributes),
        "case_sensitive": bool(props.sign_in.case_sensitive),
        "schema": {**{name: {"required": True} for name in attributes.required}, **custom},
    }


def environment(name: str) -> Environment:
    """Return the deployment ``name``; raise ``InvalidSettingError`` if it is unknown or a value is invalid."""
    file = read(name)
    auth = _auth_stack(name)
    hosting = _selected_hosting()
    stack = auth.replace("auth", "hosting", 1) if hosting else auth
    # In dev the state is a local file unless a bucket is set, so that a trial needs no bucket.
    is_trial = name == DEV and file.state is None and "STATE_BUCKET" not in os.environ
    state = LocalState() if is_trial else _state(file.state)
    props = _props(name, auth, file)
    return Environment(stack, _hosting(name, auth, file, props) if hosting else props, state, file.product)


def chosen() -> Environment:
    """Return the deployment that the environment variables select, with the account of its lock."""
    found = environment(os.environ.get("ENVIRONMENT", DEV))
    account = deployment_lock.read(found.stack).get("account")
    accounts = found.props.allowed_account_ids or tuple(filter(None, [account]))
    return replace(found, props=found.props.model_copy(update={"allowed_account_ids": accounts}))


def pair() -> tuple[AuthStackProps, HostingProps]:
    """Return the props of both stacks of the selected environment."""
    name = os.environ.get("ENVIRONMENT") or DEV
    file = read(name)
    auth = _auth_stack(name)
    props = _props(name, auth, file)
    try:
        return props, _hosting(name, auth, file, props)
    except InvalidSettingError as error:
        message = f"{error}\nAn estimate needs the table [hosting] (docs/hosting.md)."
        raise InvalidSettingError(message) from None


def _auth_stack(name: str) -> str:
    return "auth" if name == DEV else f"auth-{name}"


def declare(app: App) -> None:
    """Add the selected stack to ``app``; raise ``ValueError`` with a readable message if that is not possible."""
    try:
        _declare(app)
    except ValidationError as error:
        raise InvalidSettingError(explain(error)) from None


def _declare(app: App) -> None:
    if os.environ.get("ENVIRONMENT") == BOOTSTRAP:
        place = S3Place(bucket=_required("STATE_BUCKET"), region=_required("STATE_REGION"))
        keep_state(StateBucket(app, "state-bucket", place), LocalState())
        return
    deployment = chosen()
    props = deployment.props
    place = place_of(deployment.state, deployment.product)
    if os.environ.get("MOVE_STATE"):
        # Set by `python -m stacks.state_file push`, which writes the new place to the lock.
        place = deployment_lock.read(deployment.stack).get("state", place)
    fields = immutable_fields(props.user_pool, place) if isinstance(props, AuthStackProps) else {"state": place}
    deployment_lock.require_unchanged(deployment.stack, fields)
    keep_state(_stack_of(app, deployment.stack, props), deployment.state, deployment.product)


def _stack_of(app: App, id_: str, props: AuthStackProps | HostingProps) -> TerraformStack:
    if isinstance(props, AuthStackProps):
        return AuthStack(app, id_, props)
    from stacks.hosting.stack import HostingStack  # noqa: PLC0415 - its annotations import a dozen more bindings

    return HostingStack(app, id_, props)


def _props(name: str, stack: str, file: EnvironmentFile) -> AuthStackProps:
    given = arguments(file)
    product = file.product or "sign-in"
    if store := given.get("client_secret_store"):
        slash = "/" if store.get("service") == "ssm" else ""
        given["client_secret_store"] = {"name": f"{slash}{product}/{stack}/client-secret", **store}
    # An adopted pool stays one when `adopt` is removed from the file.
    given["adopted"] = "adopt" in given or bool(deployment_lock.read(stack).get("adopted"))
    values = _named_after(file.product) | file.variables
    if file.product:
        values["tags"] = {"product": file.product} | file.variables.get("tags", {})
    try:
        return AuthStackProps(variables=values, is_development=name == DEV, **given)
    except ValidationError as error:
        message = f"{path_of(name)} (stack), or an environment variable: {explain(error)}"
        raise InvalidSettingError(message) from None


def _selected_hosting() -> bool:
    """Return whether HOSTING selects the hosting stack."""
    chosen_kind = os.environ.get("HOSTING")
    if chosen_kind not in {None, "", FARGATE}:
        message = f"HOSTING = {chosen_kind!r}; allowed: {FARGATE}, or unset for the stack of the user pool."
        raise InvalidSettingError(message)
    return bool(chosen_kind)


def _hosting(name: str, auth_stack: str, file: EnvironmentFile, auth: AuthStackProps) -> HostingProps:
    product = file.product or "sign-in"
    try:
        default_name = product if name == DEV else f"{product}-{name}"
        return hosting_props(file.hosting, auth, default_name=default_name, auth_stack=auth_stack)
    except ValidationError as error:
        message = f"{path_of(name)} (hosting), or an environment variable: {explain(error)}"
        raise InvalidSettingError(message) from None


def _named_after(product: str | None) -> dict[str, Any]:
    """Return the values of variables that follow from the name of the product."""
    if product is None:
        return {}
    return {"user_pool_name": product, "user_pool_client_name": f"{product}-api"}


def _state(state: S3State | None) -> State:
    """Return the location of the state: a local file with ``STATE=local``, else the bucket, which must be set."""
    if os.environ.get("STATE") == "local":
        return LocalState()
    if state and "STATE_BUCKET" not in os.environ:
        return state
    return S3State(
        bucket=_required("STATE_BUCKET"),
        region=_required("STATE_REGION"),
        kms_key_arn=_required("STATE_KMS_KEY_ARN"),
    )


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        message = (
            f"{name} is not set, so the state has no location: set [state] in {path_of('NAME')}, or STATE_BUCKET, "
            "STATE_REGION and STATE_KMS_KEY_ARN (`make bootstrap` creates the bucket and prints the ARN of its key), "
            "or STATE=local."
        )
        raise InvalidSettingError(message)
    return value


__all__ = ["App", "Environment", "InvalidSettingError", "LockBrokenError", "chosen", "declare", "environment"]
