"""Client of the sign-in API.

``generated`` comes from the API's OpenAPI document; ``session`` is written by hand.
"""

from cognito_sign_in_client.session import BearerSession, sign_in_client

__all__ = ["BearerSession", "sign_in_client"]
