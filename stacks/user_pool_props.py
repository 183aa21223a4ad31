"""The arguments of a user pool, and what must hold between them."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from stacks.attributes import Attributes
from stacks.messages import MessageTemplates, SesEmail, Sms
from stacks.mfa import Mfa, MfaMode
from stacks.passwords import PasswordPolicy
from stacks.props import Props
from stacks.sign_in import FirstFactor, Passkeys, SignIn
from stacks.threat_protection import RiskAction, ThreatProtection
from stacks.tiers import Tier, beyond
from stacks.triggers import LambdaTriggers

RecoveryMechanism = Literal["verified_email", "verified_phone_number", "admin_only"]


class Devices(Props):
    """Remembered devices: the second factor is not asked on them."""

    challenge_required_on_new_device: bool = True
    device_only_remembered_on_user_prompt: bool = True


class UserPoolProps(Props):
    """Everything a pool can be told at synthesis; a default is what is safe, and what every pool needs."""

    tier: Tier = Tier.ESSENTIALS
    """Cognito's own default; LITE has neither passkeys nor codes by mail, PLUS adds threat protection."""
    sign_in: SignIn = SignIn()
    passkeys: Passkeys | None = None
    password_policy: PasswordPolicy = PasswordPolicy()
    mfa: Mfa = Mfa()
    recovery: Annotated[tuple[RecoveryMechanism, ...], Field(min_length=1, max_length=2)] = ("verified_email",)
    """In this order. SMS is not in it: numbers can be taken over."""
    verify_attribute_updates: bool = True
    """A new address counts when its code is typed; False lets a stolen session take the account over."""
    attributes: Attributes = Attributes()
    email: SesEmail | None = None
    sms: Sms | None = None
    messages: MessageTemplates = MessageTemplates()
    triggers: LambdaTriggers = LambdaTriggers()
    threat_protection: ThreatProtection = ThreatProtection()
    devices: Devices | None = None

    def _problems(self) -> Iterator[str]:
        yield from beyond(self.tier, self._features())
        yield from self._factor_problems()
        yield from self._recovery_problems()
        yield from self._sms_problems()

    @property
    def auto_verified_attributes(self) -> list[str]:
        """What is verified at sign-up: the address, and the number where people sign in or recover by it."""
        by_number = self.sign_in.uses("phone_number") or "verified_phone_number" in self.recovery
        return ["email", *(["phone_number"] if by_number else [])]

    def _features(self) -> list[tuple[str, object, Tier]]:
        token = self.triggers.pre_token_generation
        version = token.version if token else "V1_0"
        threat = self.threat_protection
        factors = [factor.value for factor in self.sign_in.first_factors if factor is not FirstFactor.PASSWORD]
        return [
            ("sign_in.first_factors", ", ".join(factors), Tier.ESSENTIALS),
            ("passkeys", self.passkeys is not None, Tier.ESSENTIALS),
            ("password_policy.history_size", self.password_policy.history_size, Tier.ESSENTIALS),
            ("mfa.email", self.mfa.email is not None, Tier.ESSENTIALS),
            ("triggers.pre_token_generation.version", version != "V1_0" and version, Tier.ESSENTIALS),
            ("threat_protection.mode", threat.on and threat.mode.value, Tier.PLUS),
        ]

    def _factor_problems(self) -> Iterator[str]:
        factors = self.sign_in.first_factors
        if self.mfa.mode is MfaMode.REQUIRED and self.sign_in.passwordless:
            yield (
                f"mfa.mode = ON with sign_in.first_factors = {', '.join(factors)}: Cognito asks no second factor after "
                "those, so it refuses both together; set mfa.mode OPTIONAL, or first_factors PASSWORD alone"
            )
        if (FirstFactor.WEB_AUTHN in factors) != (self.passkeys is not None):
            yield "passkeys and WEB_AUTHN among sign_in.first_factors go together; give both or neither"
        if self.mfa.mode is MfaMode.OFF and self._asks_for_second_factors:
            yield "threat_protection asks for second factors, and mfa.mode is OFF: set it OPTIONAL"
        if self.mfa.email and not self.email:
            yield "mfa.email needs mail through SES, for Cognito does not send it by itself: give email=SesEmail(...)"
        if FirstFactor.EMAIL_OTP in factors and not self.email:
            yield "EMAIL_OTP needs mail through SES, for Cognito sends 50 mails a day at most: give email=SesEmail(...)"

    @property
    def _asks_for_second_factors(self) -> bool:
        threat = self.threat_protection
        actions = (threat.low_risk, threat.medium_risk, threat.high_risk)
        return threat.mode == "ENFORCED" and RiskAction.MFA_REQUIRED in actions

    def _recovery_problems(self) -> Iterator[str]:
        if len({*self.recovery}) < len(self.recovery):
            yield f"recovery = {', '.join(self.recovery)}: one of them is there twice; name each once"
        if "admin_only" in self.recovery and len(self.recovery) > 1:
            yield f"recovery = {', '.join(self.recovery)}: admin_only excludes the others; leave it, or them, out"
        # The channel of a second factor cannot be that of recovery: who reads the mail would have both.
        if self.mfa.email and self.recovery == ("verified_email",):
            yield (
                "mfa.email with recovery = verified_email alone: Cognito does not recover by the channel of a second "
                "factor; add verified_phone_number, or set admin_only"
            )
        if self.mfa.sms and self.recovery == ("verified_phone_number",):
            yield "mfa.sms with recovery = verified_phone_number alone, likewise; add verified_email, or set admin_only"

    def _sms_problems(self) -> Iterator[str]:
        if self.sms and not self.mfa.sms and self.mfa.mode is not MfaMode.OFF:
            yield (
                f"sms with mfa.mode = {self.mfa.mode}: Cognito offers codes by SMS as a second factor as soon as both "
                "are there; say so with mfa=Mfa(sms=True), or set mfa.mode OFF"
            )
        uses = {
            "mfa.sms": self.mfa.sms,
            "SMS_OTP among sign_in.first_factors": FirstFactor.SMS_OTP in self.sign_in.first_factors,
            "verified_phone_number in recovery": "verified_phone_number" in self.recovery,
            "phone_number for sign-in": self.sign_in.uses("phone_number"),
        }
        if not self.sms:
            needs = "needs SMS: give sms=Sms(...) with the role to send by"
            yield from (f"{use} {needs}" for use, on in uses.items() if on)
