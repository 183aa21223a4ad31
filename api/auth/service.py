"""What a sign-in means."""

from api.cognito.gateway import Challenge, CognitoGateway, TokenSet
from api.errors import ChallengeNotSupported


async def log_in(gateway: CognitoGateway, email: str, password: str) -> TokenSet:
    """Return the tokens; raise ``ChallengeNotSupported`` when Cognito asks for one step more."""
    match await gateway.initiate_auth(email, password):
        case TokenSet() as tokens:
            return tokens
        case Challenge(name=name):
            raise ChallengeNotSupported(name)
