"""Defence against account pre-hijacking (ADR 0018).

The attack: an attacker signs up with the victim's address and the attacker's own password; later the code from the
victim's mailbox would confirm that password. What is known of an address therefore decides whether the password of
its confirmed account may be used:

=============== =====================================================================================================
state           meaning
=============== =====================================================================================================
sole            exactly one sign-up of the last 48 h is known, and Cognito accepted it: the code proves its password
unproven        anything else: after a restart, a lost response, a second sign-up, or a sign-up made elsewhere
quarantined     a mark stands: no sign-in by password until the owner has proved the password or set a new one
past sign-up    a user has signed in here with the address: verifications of others leave no mark
=============== =====================================================================================================

Events: a sign-up begins and is accepted; a verification begins, is refused, remains unknown or is accepted; a password
is proved or set; a user signs in; the account is deleted.
"""
