"""The infrastructure: a Cognito user pool and its client, as CDK for Terraform constructs."""
