"""The REST API for sign-in on a deployed Cognito user pool. It shares no code with ``stacks``."""
