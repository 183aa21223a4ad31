"""The Cognito user pools API: transport, operations, errors. Nothing else in ``api`` speaks Cognito."""
