"""The service on one machine, without AWS: the local Cognito, a user pool in it, and the API.

A development tool that listens on loopback only. ``api`` never imports it.
"""
