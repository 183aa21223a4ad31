"""A person's own account: profile, factors, devices, sessions, and all of it as one document."""
