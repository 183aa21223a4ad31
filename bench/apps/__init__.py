"""Peer applications: the same models as the API, with other Cognito clients."""
