"""Records that the local Cognito adds to ministack's pools, clients and users; the names are those in the saved state.

ministack itself keeps ``_users``, ``_clients``, ``_password``, ``_origin_jtis``, ``_totp_secret``,
``_totp_pending_secret``, ``_mfa_enabled`` and ``_preferred_mfa``. Challenge sessions and the index of addresses are in
memory only (``challenge_sessions.py``, ``users.py``).
"""

# Of a pool: mails sent, newest last.
MAILS = "_mails"
# Of a client: its secrets, at most two rows of {id, value, at}.
SECRETS = "_secrets"
# Of a client: whether its first secret was deleted: bool.
FIRST_IS_DELETED = "_first_is_deleted"

# Of a user:
# address that waits for its code: str.
NEW_EMAIL = "_new_email"
# codes by purpose: {purpose: {code, expires}}.
CODES = "_codes"
# times of attempts and resends, for the hourly limits: {kind: [seconds]}.
MOMENTS = "_moments"
# challenge of a registration in progress: {challenge, expires}.
PASSKEY_CHALLENGE = "_passkey_challenge"
# registered passkeys: list of rows.
PASSKEYS = "_passkeys"
# failed sign-ins, for the lock-out: {count, last}.
FAILURES = "_failures"
# at most 24 former passwords, oldest first.
FORMER_PASSWORDS = "_former_passwords"
# uses of rotated refresh tokens: {token: [seconds]}.
ROTATED = "_rotated"
# last TOTP step that was accepted: int.
TOTP_LAST_STEP = "_totp_last_step"
