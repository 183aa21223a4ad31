"""The stack of sign-in: user pool, clients and everything around them."""
