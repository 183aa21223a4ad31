"""Client of the Cognito user pools API: transports, operations, errors. No other package of ``api`` calls it."""
