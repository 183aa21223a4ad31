"""Notices: mails that tell users of changes to their account. The audit events stay the source."""
