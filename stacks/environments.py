"""Deployments; edit this file to configure them. ``ENVIRONMENT`` selects one; the default is dev.

Each deployment has its own stack and its own state. The app synthesizes only the selected one, so ``cdktf deploy``
needs no stack name. Settings that operators change per deployment (names, URLs, token lifetimes) are Terraform
variables.
"""

import os
from dataclasses import dataclass, replace
from typing import Any

from cdktf import App
from pydantic import ValidationError

from stacks.auth.props import AuthStackProps
from stacks.auth.stack import AuthStack
from stacks.auth.user_pool.props import UserPoolProps
from stacks.checks import deployment_lock
from stacks.checks.deployment_lock import LockBrokenError
from stacks.props import explain
from stacks.state import LocalState, S3Place, S3State, State, StateBucket, keep_state

BOOTSTRAP = "bootstrap"


@dataclass(frozen=True)
class Environment:
    """A deployment: the stack id, which is part of the name of its state, the props and the state."""

    stack: str
    props: AuthStackProps
    state: State


def immutable_fields(props: UserPoolProps, state: str = "local") -> dict[str, Any]:
    """Return what a deployment cannot change, in the form of the lock; ``state`` is the place of the state."""
    attributes = props.attributes
    custom = {row.name: deployment_lock.explicit(row.model_dump(exclude={"name"})) for row in attributes.custom}
    return {
        "state": state,
        "username_attributes": sorted(props.sign_in.username_attributes),
        "alias_attributes": sorted(props.sign_in.alias_attributes),
        "case_sensitive": props.sign_in.case_sensitive,
        "schema": {**{name: {"required": True} for name in attributes.required}, **custom},
    }


class InvalidSettingError(ValueError):
    """An environment variable is missing or invalid; the message says what is allowed."""


def environment(name: str) -> Environment:
    """Return the deployment ``name``; raise ``InvalidSettingError`` if it is unknown."""
    match name:
        case "dev":
            # The state is a local file unless a bucket is set, so that a trial needs no bucket.
            return Environment("auth", _props(), _state() if "STATE_BUCKET" in os.environ else LocalState())
        case "staging" | "prod":
            return Environment(f"auth-{name}", _props(), _state())
        case _:
            allowed = f"dev (default), staging, prod, and {BOOTSTRAP} for the state bucket"
            message = f"ENVIRONMENT = {name!r}; allowed: {allowed}."
            raise InvalidSettingError(message)


def chosen() -> Environment:
    """Return the deployment that the environment variables select, with what its lock adds: account and adoption."""
    found = environment(os.environ.get("ENVIRONMENT", "dev"))
    props, lock = found.props, deployment_lock.read(found.stack)
    accounts = props.allowed_account_ids or tuple(filter(None, [lock.get("account")]))
    adopted = props.adopt is not None or bool(lock.get("adopted"))
    update = {"adopted": adopted, "allowed_account_ids": accounts}
    return replace(found, props=props.model_copy(update=update))


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
    bucket = deployment.state.bucket if isinstance(deployment.state, S3State) else None
    fields = immutable_fields(deployment.props.user_pool, deployment_lock.place_of(bucket))
    deployment_lock.require_unchanged(deployment.stack, fields)
    keep_state(AuthStack(app, deployment.stack, deployment.props), deployment.state)


def _props(**more: Any) -> AuthStackProps:  # noqa: ANN401 - as AuthStackProps takes them
    """Return props from ``more`` and from the environment variables, which apply to every environment."""
    variables: dict[str, Any] = {
        "removal_policy": os.environ.get("USER_POOL_REMOVAL_POLICY"),
        "revocation_table": os.environ.get("REVOCATION_TABLE"),
        "client_secret_store": _secret_store(),
        "adopt": _adoption(),
    }
    return AuthStackProps(**more, **{name: value for name, value in variables.items() if value})


def _secret_store() -> dict[str, str] | None:
    """Parse ``CLIENT_SECRET_STORE``: ``secretsmanager:NAME`` or ``ssm:/NAME``."""
    service, _, name = os.environ.get("CLIENT_SECRET_STORE", "").partition(":")
    return {"service": service, "name": name} if service else None


def _adoption() -> dict[str, str] | None:
    names = {"user_pool_id": "ADOPT_USER_POOL_ID", "client_id": "ADOPT_CLIENT_ID"}
    found = {field: os.environ[name] for field, name in names.items() if os.environ.get(name)}
    return found or None


def _state() -> State:
    """Return the location of the state: a local file with ``STATE=local``, else the bucket, which must be set."""
    if os.environ.get("STATE") == "local":
        return LocalState()
    return S3State(
        bucket=_required("STATE_BUCKET"),
        region=_required("STATE_REGION"),
        kms_key_arn=_required("STATE_KMS_KEY_ARN"),
    )


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        message = (
            f"{name} is not set, so the state has no location: set STATE_BUCKET, STATE_REGION and STATE_KMS_KEY_ARN "
            f"(`make bootstrap` creates the bucket and prints the ARN of its key), or set STATE=local."
        )
        raise InvalidSettingError(message)
    return value


__all__ = ["App", "Environment", "InvalidSettingError", "LockBrokenError", "chosen", "declare", "environment"]
