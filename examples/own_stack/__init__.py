"""A CDKTF application with the constructs of this repository."""
