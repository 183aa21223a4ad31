"""Threat protection (PLUS): Cognito's actions against leaked passwords and unusual sign-ins."""

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from constructs import Construct
from pydantic import AfterValidator, Field

from stacks import aws
from stacks.auth.user_pool.mfa import Subject
from stacks.props import Props, SesIdentityArn


class ThreatMode(StrEnum):
    """Off, only log the actions that would be taken, or take them."""

    OFF = "OFF"
    AUDIT = "AUDIT"
    ENFORCED = "ENFORCED"


class RiskAction(StrEnum):
    """Action for a risky sign-in."""

    BLOCK = "BLOCK"
    MFA_IF_CONFIGURED = "MFA_IF_CONFIGURED"
    MFA_REQUIRED = "MFA_REQUIRED"
    NO_ACTION = "NO_ACTION"


class RiskNotice(Props):
    """An email to the user about a sign-in attempt."""

    subject: Subject
    text: Annotated[str, Field(min_length=6, max_length=20_000)]
    html: Annotated[str, Field(min_length=6, max_length=20_000)] | None = None


class RiskNotices(Props):
    """Emails about sign-in attempts, through SES; a risk level sends one if its action has a notice."""

    source_arn: SesIdentityArn
    from_address: Annotated[str, Field(max_length=320)]
    reply_to: Annotated[str, Field(max_length=320)] | None = None
    blocked: RiskNotice | None = None
    second_factor: RiskNotice | None = None
    no_action: RiskNotice | None = None


def _network(text: str) -> str:
    ip_network(text)
    return text


Network = Annotated[str, AfterValidator(_network)]


class ThreatProtection(Props):
    """Threat protection; off by default, because it is billed per user. The actions below apply when ENFORCED."""

    mode: ThreatMode = ThreatMode.OFF
    custom_auth_mode: Literal["AUDIT", "ENFORCED"] | None = None
    """Mode for custom challenges (Security Hub's Cognito.4)."""
    compromised_credentials: Literal["BLOCK", "NO_ACTION"] = "BLOCK"
    """Action for passwords known from leaks elsewhere, at sign-in, sign-up and password change."""
    low_risk: RiskAction = RiskAction.NO_ACTION
    medium_risk: RiskAction = RiskAction.MFA_IF_CONFIGURED
    high_risk: RiskAction = RiskAction.BLOCK
    manage_actions: bool = True
    """False: the actions and notices below stay what they are at Cognito, for an adopted pool."""
    notices: RiskNotices | None = None
    always_blocked: Annotated[tuple[Network, ...], Field(max_length=200)] = ()
    """Networks from which sign-in is always blocked (for example ``203.0.113.0/24``)."""
    always_allowed: Annotated[tuple[Network, ...], Field(max_length=200)] = ()
    """Networks that are exempt from risk evaluation."""

    @property
    def on(self) -> bool:
        """Whether Cognito evaluates risks at all."""
        return self.mode is not ThreatMode.OFF

    def _problems(self) -> Iterator[str]:
        if not self.on and self.custom_auth_mode:
            yield f"custom_auth_mode = {self.custom_auth_mode} with mode OFF: set mode AUDIT or ENFORCED"
        for network in sorted({*self.always_blocked} & {*self.always_allowed}):
            yield f"{network} is always blocked and always allowed; choose one"


class RiskConfiguration(Construct):
    """Risk configuration of a pool."""

    def __init__(self, scope: Construct, id_: str, *, user_pool_id: str, props: ThreatProtection) -> None:
        """Configure the pool ``user_pool_id`` according to ``props``."""
        super().__init__(scope, id_)
        takeover: dict[str, Any] = {"actions": _actions(props)}
        if props.notices:
            takeover["notify_configuration"] = _notify_configuration(props.notices)
        self.resource = aws.CognitoRiskConfiguration(
            self,
            "resource",
            user_pool_id=user_pool_id,
            compromised_credentials_risk_configuration={
                "actions": {"event_action": props.compromised_credentials},
                "event_filter": ["PASSWORD_CHANGE", "SIGN_IN", "SIGN_UP"],
            },
            account_takeover_risk_configuration=takeover,
            risk_exception_configuration=_exceptions(props),
        )


def _actions(props: ThreatProtection) -> dict[str, Any]:
    levels = {"low_action": props.low_risk, "medium_action": props.medium_risk, "high_action": props.high_risk}
    return {
        name: {"event_action": action.value, "notify": _mail_about(props.notices, action) is not None}
        for name, action in levels.items()
    }


def _mail_about(notices: RiskNotices | None, action: RiskAction) -> RiskNotice | None:
    if notices is None:
        return None
    mails = {RiskAction.BLOCK: notices.blocked, RiskAction.NO_ACTION: notices.no_action}
    return mails.get(action, notices.second_factor)


def _exceptions(props: ThreatProtection) -> dict[str, Any] | None:
    networks = {
        "blocked_ip_range_list": list(props.always_blocked),
        "skipped_ip_range_list": list(props.always_allowed),
    }
    return {name: value for name, value in networks.items() if value} or None


def _notify_configuration(notices: RiskNotices) -> dict[str, Any]:
    mails = {"block_email": notices.blocked, "mfa_email": notices.second_factor, "no_action_email": notices.no_action}
    return {
        "source_arn": notices.source_arn,
        "from_": notices.from_address,
        **({"reply_to": notices.reply_to} if notices.reply_to else {}),
        **{
            name: {"subject": mail.subject, "text_body": mail.text, "html_body": mail.html or mail.text}
            for name, mail in mails.items()
            if mail
        },
    }
