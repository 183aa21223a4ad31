"""Pages for people at /account (PAGES=on): a client of this API, in the same process.

Each form becomes a request to the API's own route, so pages have its limits, audit events, timing and messages.
"""
