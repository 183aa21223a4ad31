"""Passkeys: registration, listing, deletion, and verification at sign-in. WebAuthn is implemented by py_webauthn.

Source: API_StartWebAuthnRegistration and related operations; Web Authentication Level 2, sections 7.1 and 7.2.
"""

import json
import time
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from local.cognito import records
from local.cognito.emulator import Json, section
from local.cognito.refusals import Refusal, not_authorized
from local.cognito.users import attributes_of, user_of_token

_CHALLENGE_SECONDS = 300
_LARGEST_NUMBER = 20


def start_web_authn_registration(data: Json) -> Json:
    """StartWebAuthnRegistration."""
    pool, user = user_of_token(data)
    relying_party = _relying_party(pool)
    if len(_passkeys_of(user)) >= _LARGEST_NUMBER:
        raise Refusal("LimitExceededException", "The user has as many passkeys as a user can have.")
    name = attributes_of(user).get("email") or str(user["Username"])
    options = generate_registration_options(
        rp_id=relying_party,
        rp_name=relying_party,
        user_id=user["Username"].encode(),
        user_name=name,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=_verification(pool),
        ),
        exclude_credentials=_descriptors(user),
    )
    document: Json = json.loads(options_to_json(options))
    user[records.PASSKEY_CHALLENGE] = {"challenge": document["challenge"], "expires": time.time() + _CHALLENGE_SECONDS}
    return {"CredentialCreationOptions": document}


def complete_web_authn_registration(data: Json) -> Json:
    """CompleteWebAuthnRegistration."""
    pool, user = user_of_token(data)
    relying_party = _relying_party(pool)
    credential: Json = data["Credential"]
    challenge = user.pop(records.PASSKEY_CHALLENGE, None)
    if (
        challenge is None
        or time.time() >= challenge["expires"]
        or _client_data(credential)["challenge"] != challenge["challenge"]
    ):
        raise Refusal("WebAuthnChallengeNotFoundException", "The challenge is unknown or has expired.")
    origin = _allowed_origin(credential, relying_party)
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge["challenge"]),
            expected_rp_id=relying_party,
            expected_origin=origin,
            require_user_verification=_verification(pool) is UserVerificationRequirement.REQUIRED,
        )
    except WebAuthnException as error:
        raise _registration_refusal(error) from error
    user.setdefault(records.PASSKEYS, []).append(
        {
            "CredentialId": bytes_to_base64url(verified.credential_id),
            "FriendlyCredentialName": f"Passkey {len(_passkeys_of(user)) + 1}",
            "RelyingPartyId": relying_party,
            "AuthenticatorTransports": credential.get("response", {}).get("transports", []),
            "CreatedAt": time.time(),
            "public_key": bytes_to_base64url(verified.credential_public_key),
            "sign_count": verified.sign_count,
        }
    )
    return {}


def list_web_authn_credentials(data: Json) -> Json:
    """ListWebAuthnCredentials."""
    _, user = user_of_token(data)
    hidden = {"public_key", "sign_count"}
    return {"Credentials": [{k: v for k, v in row.items() if k not in hidden} for row in _passkeys_of(user)]}


def delete_web_authn_credential(data: Json) -> Json:
    """DeleteWebAuthnCredential."""
    _, user = user_of_token(data)
    left = [row for row in _passkeys_of(user) if row["CredentialId"] != data["CredentialId"]]
    if len(left) == len(_passkeys_of(user)):
        raise Refusal("ResourceNotFoundException", "The passkey does not exist.")
    user[records.PASSKEYS] = left
    return {}


def request_options(pool: Json, user: Json) -> str:
    """Return PublicKeyCredentialRequestOptions as JSON text, the format of the challenge parameter."""
    options = generate_authentication_options(
        rp_id=_relying_party(pool), allow_credentials=_descriptors(user), user_verification=_verification(pool)
    )
    return options_to_json(options)


def check_assertion(pool: Json, user: Json, options: str, answer: str) -> None:
    """Verify ``answer`` (AuthenticationResponseJSON) with the passkey of ``user``, or raise NotAuthorizedException."""
    try:
        credential: Json = json.loads(answer)
        passkey = next(row for row in _passkeys_of(user) if row["CredentialId"] == credential["id"])
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(json.loads(options)["challenge"]),
            expected_rp_id=_relying_party(pool),
            expected_origin=_allowed_origin(credential, _relying_party(pool)),
            credential_public_key=base64url_to_bytes(passkey["public_key"]),
            credential_current_sign_count=passkey["sign_count"],
            require_user_verification=_verification(pool) is UserVerificationRequirement.REQUIRED,
        )
    except (WebAuthnException, Refusal, StopIteration, ValueError, KeyError, TypeError) as error:
        raise not_authorized("Incorrect username or password.") from error
    passkey["sign_count"] = verified.new_sign_count


def _relying_party(pool: Json) -> str:
    allowed = section(pool, "Policies", "SignInPolicy").get("AllowedFirstAuthFactors", [])
    if "WEB_AUTHN" not in allowed:
        raise Refusal("WebAuthnNotEnabledException", "Passkeys are not enabled for this user pool.")
    relying_party = section(pool, "WebAuthnConfiguration").get("RelyingPartyId")
    if not relying_party:
        raise Refusal("WebAuthnConfigurationMissingException", "The user pool has no relying party.")
    return relying_party


def _verification(pool: Json) -> UserVerificationRequirement:
    return UserVerificationRequirement(section(pool, "WebAuthnConfiguration").get("UserVerification", "preferred"))


def _descriptors(user: Json) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(row["CredentialId"])) for row in _passkeys_of(user)]


def _passkeys_of(user: Json) -> list[Json]:
    return user.get(records.PASSKEYS, [])


def _client_data(credential: Json) -> Json:
    try:
        data: Json = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
        return {"challenge": str(data["challenge"]), "origin": str(data["origin"])}
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal("InvalidParameterException", "The credential is not a RegistrationResponseJSON.") from error


def _allowed_origin(credential: Json, relying_party: str) -> str:
    """Return the browser's origin; raise unless it is the relying party or its subdomain, over https or localhost."""
    origin = str(_client_data(credential).get("origin"))
    parts = urlsplit(origin)
    host = parts.hostname or ""
    secure = parts.scheme == "https" or host == "localhost"
    if not secure or not (host == relying_party or host.endswith(f".{relying_party}")):
        raise Refusal("WebAuthnOriginNotAllowedException", "The origin is not allowed for the relying party.")
    return origin


def _registration_refusal(error: WebAuthnException) -> Refusal:
    if "RP ID" in str(error):
        return Refusal("WebAuthnRelyingPartyMismatchException", "The relying party does not match.")
    return Refusal("WebAuthnCredentialNotSupportedException", "The credential cannot be verified.")
