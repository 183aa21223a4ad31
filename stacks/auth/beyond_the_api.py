"""What Cognito can do and the API cannot live with; ``python -m api.doctor`` looks for the same in a deployed pool."""

from collections.abc import Iterator

from stacks.auth.clients.props import ApiClient
from stacks.auth.user_pool.mfa import MfaMode
from stacks.auth.user_pool.props import UserPoolProps


def beyond_the_api(pool: UserPoolProps, client: ApiClient) -> Iterator[str]:
    """Yield a sentence for each such setting."""
    if required := [name for name in pool.attributes.required if name != "email"]:
        yield (
            f"user_pool.attributes.required = {', '.join(required)}: the API's sign-up asks for the email address "
            "alone, so that no user could sign up; remove it, and let users set the attribute at PATCH /me"
        )
    unreadable = {"email", "email_verified"} - {*client.read_attributes}
    rows = [
        (
            pool.devices,
            (
                "user_pool.devices: the API does not send the key of a remembered device, without which Cognito "
                "refuses to refresh tokens; remove it"
            ),
        ),
        (
            pool.sign_in.alias_attributes,
            (
                "user_pool.sign_in.alias_attributes: Cognito then refuses an address as the user name, which the API's "
                "sign-up and invitations send; use username_attributes"
            ),
        ),
        (
            pool.sign_in.case_sensitive,
            (
                "user_pool.sign_in.case_sensitive: the API sends addresses in lower case, so that other users could "
                "not sign in; remove it"
            ),
        ),
        (
            pool.messages.verification_link,
            (
                "user_pool.messages.verification_link: a click confirms an account without its password, so that a "
                "stranger's sign-up of the address becomes usable (docs/adr/0018-quarantine.md); remove it"
            ),
        ),
        (
            not pool.verify_attribute_updates,
            (
                "user_pool.verify_attribute_updates = False: a new address would take effect before PATCH /me has "
                "verified it; remove it"
            ),
        ),
        (
            pool.mfa.mode is MfaMode.REQUIRED and not (pool.mfa.totp or pool.mfa.email),
            (
                "user_pool.mfa.mode = ON with text messages alone: users cannot give their first telephone number to "
                "the API, so that new users could not sign in; switch on totp or email"
            ),
        ),
        (
            unreadable,
            (
                f"client.read_attributes lacks {', '.join(sorted(unreadable))}: profiles and the hosted pages would "
                "fail; add it"
            ),
        ),
        ("email" not in client.write_attributes, "client.write_attributes lacks email: sign-up would fail; add it"),
    ]
    yield from (sentence for is_broken, sentence in rows if is_broken)
