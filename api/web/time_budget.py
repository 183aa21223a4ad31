"""Time budget of a request: a response within 10 s, whatever happens upstream.

A request body has 5 s to arrive, before the 10 s begin. All limits are in seconds.
"""

BODY_SECONDS = 5.0
# The largest UPSTREAM_DEADLINE: one call to Cognito with its retries.
CALL_SECONDS = 8
# Several calls of one request together. Revocations after it take up to 1.3 s more: a store write (0.3 s) and the rest
# of the second that a token's `iat` is rounded to.
REQUEST_SECONDS = 8.4
# The same for responses of uniform duration. Less than REQUEST_SECONDS, so that the uniform response is sent.
UNIFORM_SECONDS = 8.0
# Renewal of a cookie session before the route begins; it is subtracted from REQUEST_SECONDS.
RENEWAL_SECONDS = 5.0
# One call to the token endpoint of the hosted pages.
TOKEN_ENDPOINT_SECONDS = 6.0
# The requests that one page makes of this API, together.
PAGE_SECONDS = 9.0
