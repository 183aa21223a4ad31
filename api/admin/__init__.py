"""Administration: users and groups of the pool, for members of one group, with the API's own AWS credentials."""
