"""Abstract model of the rule against account pre-hijacking (ADR 0018): the specification of ``api.quarantine``.

One address, Cognito, the state store, and the requests of two people: the owner of the mailbox and a stranger. A
request is a small program; between any two of its steps everything else may happen: other requests, a crash, expiry,
an operator. A call of Cognito ends heard, executed without being heard, not executed, or executed later.
"""
