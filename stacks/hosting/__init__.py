"""The hosting stack: the API's image on ECS Fargate behind an Application Load Balancer (ADR 0020)."""
