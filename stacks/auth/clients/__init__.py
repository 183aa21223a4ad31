"""User pool clients: their construct and their arguments."""
