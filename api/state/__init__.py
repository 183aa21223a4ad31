"""State that outlives a process, in one store (STATE_STORE): what is known of addresses, and revocations."""
