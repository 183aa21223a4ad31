"""Arguments of a user pool, and validation across them."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from stacks.auth.tiers import Tier, beyond
from stacks.auth.user_pool.attributes import Attributes
from stacks.auth.user_pool.messages import MessageTemplates, SesEmail, Sms
from stacks.auth.user_pool.mfa import Mfa, MfaMode
from stacks.auth.user_pool.passwords import PasswordPolicy
from stacks.auth.user_pool.sign_in import FirstFactor, Passkeys, SignIn
from stacks.auth.user_pool.threat_protection import RiskAction, ThreatProtection
from stacks.auth.user_pool.triggers import LambdaTriggers
from stacks.props import Props

RecoveryMechanism = Literal["verified_email", "verified_phone_number", "admin_only"]


class Devices(Props):
    """Remembered devices, on which Cognito does not request the second factor."""

    challenge_required_on_new_device: bool = True
    device_only_remembered_on_user_prompt: bool = True


class UserPoolProps(Props):
    """Synthesis-time arguments of a pool; the defaults are secure and suit every pool."""

    tier: Tier = Tier.ESSENTIALS
    """ESSENTIALS is Cognito's default; LITE has no passkeys and no email codes, PLUS adds threat protection."""
    sign_in: SignIn = SignIn()
    passkeys: Passkeys | None = None
    password_policy: PasswordPolicy = PasswordPolicy()
    mfa: Mfa = Mfa()
    recovery: Annotated[tuple[RecoveryMechanism, ...], Field(min_length=1, max_length=2)] = ("verified_email",)
    """In order of priority. SMS is not a default, because phone numbers can be taken over."""
    verify_attribute_updates: bool = True
    """A new address takes effect after its code is confirmed; False lets a stolen session take over the account."""
    attributes: Attributes = Attributes()
    email: SesEmail | None = None
    sms: Sms | None = None
    messages: MessageTemplates = MessageTemplates()
    triggers: LambdaTriggers = LambdaTriggers()
    threat_protection: ThreatProtection = ThreatProtection()
    devices: Devices | None = None
    unmanaged: tuple[str, ...] = ()
    """Arguments of ``aws_cognito_user_pool`` that stay as they are (``ignore_changes``), for an adopted pool."""

    def _problems(self) -> Iterator[str]:
        yield from beyond(self.tier, self._features())
        yield from self._factor_problems()
        yield from self._recovery_problems()
        yield from self._sms_problems()

    @property
    def auto_verified_attributes(self) -> list[str]:
        """Verified at sign-up: the email address, and the phone number if users sign in or recover accounts by it."""
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
                f"mfa.mode = ON with sign_in.first_factors = {', '.join(factors)}: Cognito requests no second factor "
                "after passwordless factors, so it rejects both together; set mfa.mode OPTIONAL, or first_factors "
                "PASSWORD alone"
            )
        if (FirstFactor.WEB_AUTHN in factors) != (self.passkeys is not None):
            yield "passkeys and WEB_AUTHN among sign_in.first_factors go together; set both or neither"
        if self.mfa.mode is MfaMode.OFF and self._asks_for_second_factors:
            yield "threat_protection requires second factors, but mfa.mode is OFF: set it to OPTIONAL"
        if self.mfa.email and not self.email:
            yield (
                "mfa.email needs mail through SES, because Cognito's default sender does not support it: "
                "set email=SesEmail(...)"
            )
        if FirstFactor.EMAIL_OTP in factors and not self.email:
            yield "EMAIL_OTP needs mail through SES, because Cognito sends at most 50 a day: set email=SesEmail(...)"

    @property
    def _asks_for_second_factors(self) -> bool:
        threat = self.threat_protection
        actions = (threat.low_risk, threat.medium_risk, threat.high_risk)
        return threat.mode == "ENFORCED" and RiskAction.MFA_REQUIRED in actions

    def _recovery_problems(self) -> Iterator[str]:
        if len({*self.recovery}) < len(self.recovery):
            yield f"recovery = {', '.join(self.recovery)}: one is listed more than once; list each once"
        if "admin_only" in self.recovery and len(self.recovery) > 1:
            yield f"recovery = {', '.join(self.recovery)}: admin_only excludes the others; remove it or them"
        # Cognito does not use the channel of a second factor for recovery: access to one mailbox would give both.
        if self.mfa.email and self.recovery == ("verified_email",):
            yield (
                "mfa.email with recovery = verified_email alone: Cognito does not use the channel of a second factor "
                "for recovery; add verified_phone_number, or set admin_only"
            )
        if self.mfa.sms and self.recovery == ("verified_phone_number",):
            yield (
                "mfa.sms with recovery = verified_phone_number alone: Cognito does not use the channel of a second "
                "factor for recovery; add verified_email, or set admin_only"
            )

    def _sms_problems(self) -> Iterator[str]:
        if self.sms and not self.mfa.sms and self.mfa.mode is not MfaMode.OFF:
            yield (
                f"sms with mfa.mode = {self.mfa.mode}: Cognito offers SMS codes as a second factor if both are "
                "set; confirm this with mfa=Mfa(sms=True), or set mfa.mode OFF"
            )
        uses = {
            "mfa.sms": self.mfa.sms,
            "SMS_OTP among sign_in.first_factors": FirstFactor.SMS_OTP in self.sign_in.first_factors,
            "verified_phone_number in recovery": "verified_phone_number" in self.recovery,
            "phone_number for sign-in": self.sign_in.uses("phone_number"),
        }
        if not self.sms:
            needs = "needs SMS: set sms=Sms(...) with the role for sending"
            yield from (f"{use} {needs}" for use, on in uses.items() if on)
