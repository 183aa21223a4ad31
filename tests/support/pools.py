"""Pools of the local Cognito with more features than the stack's default."""

import base64
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from local.provision import cognito_client, provision

RELYING_PARTY = "localhost"
# The emulator checks no signature.
_ASSERTION = """
<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"><a:Assertion>
<a:Subject><a:NameID>{name}</a:NameID></a:Subject>
<a:AttributeStatement><a:Attribute Name="email"><a:AttributeValue>{email}</a:AttributeValue></a:Attribute>
</a:AttributeStatement></a:Assertion></Response>
"""


def create_passwordless_pool(
    endpoint: str, outputs_file: Path, mfa: str = "OPTIONAL", *, history: int = 0, email_mfa: bool = False
) -> tuple[str, str]:
    """Create a pool with e-mail codes, passkeys and MFA; return the ids of the pool and the client."""
    found = provision(endpoint, outputs_file)
    cognito: Any = cognito_client(endpoint)
    pool_id, client_id = (str(found[f"cognito_user_pool_{name}"]) for name in ("id", "client_id"))
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    kept = ("AutoVerifiedAttributes", "UserAttributeUpdateSettings", "AccountRecoverySetting", "UserPoolTier")
    factors = ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"] if mfa == "OPTIONAL" else ["PASSWORD"]
    policies = {
        "PasswordPolicy": pool["Policies"]["PasswordPolicy"] | ({"PasswordHistorySize": history} if history else {}),
        "SignInPolicy": {"AllowedFirstAuthFactors": factors},
    }
    cognito.update_user_pool(UserPoolId=pool_id, Policies=policies, **{name: pool[name] for name in kept})
    by_mail = {"EmailMfaConfiguration": {"Message": "{####}", "Subject": "Code"}} if email_mfa else {}
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool_id,
        **by_mail,
        SoftwareTokenMfaConfiguration={"Enabled": True},
        WebAuthnConfiguration={"RelyingPartyId": RELYING_PARTY, "UserVerification": "preferred"},
        MfaConfiguration=mfa,
    )
    change_client(endpoint, pool_id, client_id, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"])
    return pool_id, client_id


def federate(endpoint: str, pool_id: str, client_id: str, email: str) -> None:
    """Sign a user in through a SAML provider, so that the pool has a federated user with this address."""
    cognito: Any = cognito_client(endpoint)
    callback = "http://localhost:8000/oauth/callback"
    with suppress(cognito.exceptions.DuplicateProviderException):
        cognito.create_identity_provider(
            UserPoolId=pool_id,
            ProviderName="Corp",
            ProviderType="SAML",
            ProviderDetails={"IDPSSOEndpoint": "https://idp.example.com/sso", "MetadataFile": "<xml/>"},
            AttributeMapping={"email": "email"},
        )
        change_client(
            endpoint,
            pool_id,
            client_id,
            CallbackURLs=[callback],
            SupportedIdentityProviders=["COGNITO", "Corp"],
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid", "email"],
            AllowedOAuthFlowsUserPoolClient=True,
        )
    asked = {"response_type": "code", "client_id": client_id, "redirect_uri": callback, "identity_provider": "Corp"}
    begun = httpx.get(f"{endpoint}/oauth2/authorize", params=asked)
    assert begun.status_code == 302, begun.text
    assertion = _ASSERTION.format(name=uuid.uuid4().hex, email=email)
    form = {
        "SAMLResponse": base64.b64encode(assertion.encode()).decode(),
        "RelayState": parse_qs(urlsplit(begun.headers["location"]).query)["RelayState"][0],
    }
    assert httpx.post(f"{endpoint}/saml2/idpresponse", data=form).status_code == 302


def change_client(endpoint: str, pool_id: str, client_id: str, **changes: Any) -> None:
    """Change some properties of a client, and keep the others: an update resets what it omits."""
    cognito: Any = cognito_client(endpoint)
    client = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
    read_only = ("CreationDate", "LastModifiedDate", "ClientSecret")
    kept = {name: value for name, value in client.items() if value and name not in read_only}
    cognito.update_user_pool_client(**{**kept, **changes})
