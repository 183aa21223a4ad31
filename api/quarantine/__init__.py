"""Defence against account pre-hijacking (ADR 0018).

The attack: somebody signs up with the address of another person and a password of their own; later the code from that
person's mailbox would confirm the attacker's password. So what is known decides whether the password of a confirmed
account may be used:

=============== =====================================================================================================
state           meaning
=============== =====================================================================================================
sole            exactly one sign-up of the last 48 h is known, and Cognito accepted it: the code proves its password
unproven        anything else: after a restart, a lost response, a second sign-up, or a sign-up made elsewhere
quarantined     a mark stands: nobody signs in by password until its owner has proved the password or set a new one
past sign-up    a user has signed in here with the address: verifications of others leave no mark
=============== =====================================================================================================

Events: a sign-up begins and is accepted; a verification begins, is refused, remains unknown or is accepted; a password
is proved or set; a user signs in; the account is deleted.
"""
