"""The whole service on one machine, without AWS: an emulator, a user pool in it, and the API on top.

A desk-top tool, on loopback only. ``api`` never imports it.
"""
