"""The desk: a local Cognito that refuses what Cognito refuses, with a mailbox.

A layer over ministack, in ministack's own virtual environment (ADR 0009): ministack keeps the pools, clients,
groups, domains and keys; the desk answers for what people do with them. ``api`` never imports it.
"""
