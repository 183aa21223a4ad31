"""Rules for new passwords: the pool's policy, common passwords, context words, known breaches."""
