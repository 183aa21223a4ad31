"""The peers of our POST /login: the same models, another way to Cognito."""
