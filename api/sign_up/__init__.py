"""Sign-up and verification of the e-mail address."""
