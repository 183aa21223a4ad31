"""The local Cognito: an emulator that refuses what Cognito refuses, with a mailbox.

A layer over ministack that runs in ministack's virtual environment (ADR 0009). ministack keeps the pools, clients,
groups, domains and keys; this package implements the operations on users, codes and sessions. ``api`` never imports it.
"""
