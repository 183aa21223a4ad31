"""State that outlives a request or a process: pending sign-ups and revocations."""
