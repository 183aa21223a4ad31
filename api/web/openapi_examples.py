"""Examples of requests and responses by operation id, for the OpenAPI document.

A test validates every example against the schema of its operation, and fails for an operation without one.
"""

from typing import Any

_EMAIL, _PASSWORD, _CODE = "ada@example.com", "Correct-Horse-9", "123456"
_SUB = "7d8c9c1e-0000-4000-8000-000000000000"
_JWT = "eyJraWQiOiJhIiwiYWxnIjoiUlMyNTYifQ.eyJzdWIiOiI3ZDhjOWMxZSJ9.c2lnbmF0dXJl"
_SEALED = "c2VhbGVkIGJ5IEFFUy1HQ00"
_ACCEPTED = {"detail": "If this address can be verified, a code is on its way to it."}
_TOKENS = {
    "access_token": _JWT,
    "id_token": _JWT,
    "refresh_token": "eyJjdHkiOiJKV1QifQ.b3BhcXVl",
    "token_type": "Bearer",
    "expires_in": 3600,
}
_CHALLENGE: dict[str, Any] = {"challenge": "SOFTWARE_TOKEN_MFA", "session": _SEALED, "parameters": {}}
_SIGNED_IN: dict[str, Any] = {
    "tokens": _TOKENS,
    "cookies": {"csrf_token": "b1946ac92492d2347c6235b4d2611184", "expires_in": 3600},
    "challenge": _CHALLENGE,
}
_SECOND_FACTORS = {"enabled": ["SOFTWARE_TOKEN_MFA"], "preferred": "SOFTWARE_TOKEN_MFA"}
_PROFILE = {
    "sub": _SUB,
    "email": _EMAIL,
    "email_verified": True,
    "attributes": {"given_name": "Ada", "locale": "en-GB"},
    "second_factors": _SECOND_FACTORS,
}
_PASSKEY = {
    "id": "Y3JlZGVudGlhbA",
    "name": "Ada's laptop",
    "relying_party": "example.com",
    "transports": ["internal"],
    "created_at": 1767225600,
}
_DEVICE = {"key": "us-east-1_0123abcd", "attributes": {"device_name": "Laptop"}, "created_at": 1767225600}
_SESSION = {
    "id": "tkn0123456789abcdefghijklmno",
    "client_id": "4f1c0a9be2d84c6f9a1d7b3e5c",
    "ip_address": "203.0.113.9",
    "created_at": 1767225600,
    "current": True,
}
_USER = {
    "username": _SUB,
    "email": _EMAIL,
    "email_verified": True,
    "status": "CONFIRMED",
    "enabled": True,
    "created_at": 1767225600,
    "attributes": {"sub": _SUB, "name": "Ada"},
}
_INVITED = {**_USER, "status": "FORCE_CHANGE_PASSWORD", "expires_at": 1767830400, "invited_by": _SUB}
_GROUP = {"name": "support", "description": "Customer support", "precedence": 3}
_CREDENTIAL: dict[str, Any] = {"id": "Y3JlZGVudGlhbA", "rawId": "Y3JlZGVudGlhbA", "type": "public-key", "response": {}}

REQUESTS: dict[str, dict[str, Any]] = {
    "signup": {"password": {"email": _EMAIL, "password": _PASSWORD}, "passwordless": {"email": _EMAIL}},
    "verify": {"code": {"email": _EMAIL, "code": _CODE, "password": _PASSWORD}},
    "resend_verification": {"address": {"email": _EMAIL}},
    "login": {
        "password": {"email": _EMAIL, "password": _PASSWORD},
        "code": {"email": _EMAIL},
        "passkey": {"email": _EMAIL, "preferred_challenge": "WEB_AUTHN"},
    },
    "answer_challenge": {
        "code": {"challenge": "SOFTWARE_TOKEN_MFA", "session": _SEALED, "code": _CODE},
        "new-password": {"challenge": "NEW_PASSWORD_REQUIRED", "session": _SEALED, "new_password": _PASSWORD},
        "passkey": {"challenge": "WEB_AUTHN", "session": _SEALED, "credential": _CREDENTIAL},
        "choice": {"challenge": "SELECT_MFA_TYPE", "session": _SEALED, "answer": "SOFTWARE_TOKEN_MFA"},
    },
    "refresh": {"token": {"refresh_token": _TOKENS["refresh_token"]}},
    "revoke": {"token": {"refresh_token": _TOKENS["refresh_token"]}},
    "logout": {"token": {"access_token": _JWT}},
    "forgot_password": {"address": {"email": _EMAIL}},
    "reset_password": {"code": {"email": _EMAIL, "code": _CODE, "new_password": _PASSWORD}},
    "change_password": {"passwords": {"old_password": _PASSWORD, "new_password": "Another-Horse-9"}},
    "update_me": {"name": {"given_name": "Ada", "nickname": None}, "address": {"email": "ada@example.org"}},
    "verify_email": {"code": {"code": _CODE}},
    "verify_totp": {"code": {"code": _CODE}},
    "set_second_factors": {"totp": {"totp": {"enabled": True, "preferred": True}}},
    "add_passkey": {"passkey": {"credential": _CREDENTIAL}},
    "admin_create_user": {"address": {"email": _EMAIL}},
    "admin_update_user": {"name": {"attributes": {"name": "Ada", "nickname": None}}},
    "admin_create_group": {"group": _GROUP},
}

RESPONSES: dict[str, dict[str, Any]] = {
    "session": {
        "session": {
            "sub": _SUB,
            "username": _SUB,
            "client_id": "4f1c0a9be2d84c6f9a1d7b3e5c",
            "scopes": ["aws.cognito.signin.user.admin"],
            "groups": ["support"],
            "auth_time": 1767225600,
            "expires_at": 1767229200,
        }
    },
    "login": _SIGNED_IN,
    "answer_challenge": _SIGNED_IN,
    "verify": _SIGNED_IN,
    "reset_password": {"sessions continue": {"sessions_ended": False}},
    "password_rules": {
        "rules": {
            "needs": ["at least 8 characters"],
            "refuses": ["common passwords", "the e-mail address, or the name of the product, with little else"],
        }
    },
    "refresh": {"tokens": _TOKENS},
    "signup": {"accepted": _ACCEPTED},
    "resend_verification": {"accepted": _ACCEPTED},
    "forgot_password": {"accepted": _ACCEPTED},
    "get_me": {"profile": _PROFILE},
    "update_me": {"profile": {**_PROFILE, "pending_email": "ada@example.org"}},
    "export_me": {
        "export": {
            "username": _SUB,
            "attributes": {"sub": _SUB, "email": _EMAIL, "email_verified": "true"},
            "second_factors": _SECOND_FACTORS,
            "groups": ["support"],
            "passkeys": [_PASSKEY],
            "devices": [_DEVICE],
            "sessions": [_SESSION],
        }
    },
    "resend_email": {"accepted": _ACCEPTED},
    "set_up_totp": {
        "totp": {
            "secret_code": "JBSWY3DPEHPK3PXP",
            "otpauth_uri": "otpauth://totp/Sign-in:ada%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Sign-in",
            "qr_code": "<svg></svg>",
        }
    },
    "start_passkey": {
        "options": {
            "challenge": "cmFuZG9t",
            "rp": {"id": "example.com", "name": "Example"},
            "user": {"id": "aWQ", "name": _EMAIL, "displayName": "Ada"},
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        }
    },
    "list_passkeys": {"passkeys": [_PASSKEY]},
    "list_devices": {"devices": [_DEVICE]},
    "list_sessions": {"sessions": [_SESSION]},
    "livez": {"alive": {"status": "ok"}},
    "readyz": {"ready": {"status": "ok"}},
    "admin_list_users": {"page": {"users": [_USER], "cursor": "more"}},
    "admin_create_user": {"invited": _INVITED},
    "admin_invite_again": {"invited": _INVITED},
    "admin_get_user": {"user": _USER},
    "admin_update_user": {"user": _USER},
    "admin_list_groups_of_user": {"page": {"groups": [_GROUP]}},
    "admin_list_groups": {"page": {"groups": [_GROUP], "cursor": "more"}},
    "admin_create_group": {"group": _GROUP},
    "admin_list_members": {"page": {"users": [_USER]}},
    "oauth_callback": {"tokens": _TOKENS},
}


def add_examples(openapi: dict[str, Any]) -> None:
    """Add the examples to an OpenAPI document."""
    for path in openapi["paths"].values():
        for operation in path.values():
            _add(operation.get("requestBody", {}), REQUESTS.get(operation["operationId"], {}))
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    _add(response, RESPONSES.get(operation["operationId"], {}))


def _add(described: dict[str, Any], examples: dict[str, Any]) -> None:
    if examples and (content := described.get("content", {}).get("application/json")) is not None:
        content["examples"] = {name: {"value": value} for name, value in examples.items()}
