"""The user pool: its construct, its arguments, and one module per group of arguments."""
