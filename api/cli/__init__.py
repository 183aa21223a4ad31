"""Command-line tools for operators: doctor, iam, rotate."""
