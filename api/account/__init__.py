"""The user's account: profile, factors, devices, sessions and data export."""
