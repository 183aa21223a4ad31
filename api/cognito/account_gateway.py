"""Operations of a signed-in user: profile, second factors, passkeys, devices, sessions.

Each operation needs an access token with the scope aws.cognito.signin.user.admin.
"""

from typing import Any, TypeVar

from api.cognito import responses
from api.cognito.calls import Calls

Page = TypeVar("Page", responses.Passkeys, responses.Devices, responses.UserSessions)

_MOST_PAGES = 20
_MFA_SETTINGS = {"totp": "SoftwareTokenMfaSettings", "email": "EmailMfaSettings", "sms": "SMSMfaSettings"}


class AccountGateway(Calls):
    """The operations that an access token authorizes."""

    async def get_user(self, access_token: str) -> responses.User:
        """Return the user's attributes and second factors. API page: GetUser."""
        return await self._call("GetUser", responses.User, {"AccessToken": access_token})

    async def update_user_attributes(self, access_token: str, attributes: dict[str, str]) -> None:
        """Set attributes; an empty value deletes one. API page: UpdateUserAttributes."""
        rows = [{"Name": name, "Value": value} for name, value in attributes.items()]
        await self._perform("UpdateUserAttributes", {"AccessToken": access_token, "UserAttributes": rows})

    async def verify_user_attribute(self, access_token: str, name: str, code: str) -> None:
        """Verify an attribute with the code from the mail. API page: VerifyUserAttribute."""
        request = {"AccessToken": access_token, "AttributeName": name, "Code": code}
        await self._perform("VerifyUserAttribute", request)

    async def get_user_attribute_verification_code(self, access_token: str, name: str) -> None:
        """Mail a new code for an attribute. API page: GetUserAttributeVerificationCode."""
        request = {"AccessToken": access_token, "AttributeName": name}
        await self._perform("GetUserAttributeVerificationCode", request, responses.CodeDelivery)

    async def delete_user(self, access_token: str) -> None:
        """Delete the user. API page: DeleteUser."""
        await self._perform("DeleteUser", {"AccessToken": access_token})

    async def associate_software_token(self, access_token: str) -> str:
        """Return a new TOTP secret in Base32. API page: AssociateSoftwareToken."""
        answer = await self._call("AssociateSoftwareToken", responses.SoftwareToken, {"AccessToken": access_token})
        return answer.secret_code

    async def verify_software_token(self, access_token: str, code: str) -> None:
        """Verify the first code of a new TOTP secret. API page: VerifySoftwareToken."""
        request = {"AccessToken": access_token, "UserCode": code}
        await self._perform("VerifySoftwareToken", request, responses.SoftwareTokenVerified)

    async def set_user_mfa_preference(self, access_token: str, preferences: dict[str, tuple[bool, bool]]) -> None:
        """Set for each second factor whether it is enabled and preferred. API page: SetUserMFAPreference."""
        settings = {
            _MFA_SETTINGS[kind]: {"Enabled": enabled, "PreferredMfa": preferred}
            for kind, (enabled, preferred) in preferences.items()
        }
        await self._perform("SetUserMFAPreference", {"AccessToken": access_token, **settings})

    async def start_web_authn_registration(self, access_token: str) -> dict[str, Any]:
        """Return PublicKeyCredentialCreationOptionsJSON. API page: StartWebAuthnRegistration."""
        request = {"AccessToken": access_token}
        return (
            await self._call("StartWebAuthnRegistration", responses.CredentialCreation, request)
        ).credential_creation_options

    async def complete_web_authn_registration(self, access_token: str, credential: dict[str, Any]) -> None:
        """Add the passkey; ``credential`` is RegistrationResponseJSON. API page: CompleteWebAuthnRegistration."""
        await self._perform("CompleteWebAuthnRegistration", {"AccessToken": access_token, "Credential": credential})

    async def list_web_authn_credentials(self, access_token: str) -> list[responses.Passkey]:
        """Return the passkeys. API page: ListWebAuthnCredentials."""
        pages = await self._pages("ListWebAuthnCredentials", responses.Passkeys, access_token)
        return [passkey for page in pages for passkey in page.credentials]

    async def delete_web_authn_credential(self, access_token: str, identifier: str) -> None:
        """Delete a passkey. API page: DeleteWebAuthnCredential."""
        await self._perform("DeleteWebAuthnCredential", {"AccessToken": access_token, "CredentialId": identifier})

    async def list_devices(self, access_token: str) -> list[responses.Device]:
        """Return the remembered devices. API page: ListDevices."""
        pages = await self._pages("ListDevices", responses.Devices, access_token)
        return [device for page in pages for device in page.devices]

    async def forget_device(self, access_token: str, device_key: str) -> None:
        """Forget a device. API page: ForgetDevice."""
        await self._perform("ForgetDevice", {"AccessToken": access_token, "DeviceKey": device_key})

    async def list_user_sessions(self, access_token: str) -> list[responses.UserSession]:
        """Return the active sessions of all app clients. API page: ListUserSessions."""
        pages = await self._pages("ListUserSessions", responses.UserSessions, access_token)
        return [session for page in pages for session in page.sessions]

    async def revoke_user_session(self, access_token: str, session_id: str) -> None:
        """Revoke one session other than the caller's. API page: RevokeUserSession."""
        await self._perform("RevokeUserSession", {"AccessToken": access_token, "SessionId": session_id})

    async def _pages(self, operation: str, shape: type[Page], access_token: str) -> list[Page]:
        pages = [await self._call(operation, shape, {"AccessToken": access_token})]
        while (cursor := pages[-1].cursor) and len(pages) < _MOST_PAGES:
            name = shape.model_fields["cursor"].alias or ""
            pages.append(await self._call(operation, shape, {"AccessToken": access_token, name: cursor}))
        return pages
