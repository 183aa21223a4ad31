"""Request context, JSON logs, audit events and metrics."""
