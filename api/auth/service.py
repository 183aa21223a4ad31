"""What a sign-in means."""

from api.cognito.gateway import Challenge, CognitoGateway, TokenSet, UserContext
from api.errors import ChallengeNotSupported


async def log_in(gateway: CognitoGateway, email: str, password: str, context: UserContext) -> TokenSet:
    """Return the tokens; raise ``ChallengeNotSupported`` when Cognito asks for one step more."""
    match await gateway.initiate_auth(email, password, context):
        case TokenSet() as tokens:
            return tokens
        case Challenge(name=name):
            raise ChallengeNotSupported(name)
