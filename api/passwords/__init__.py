"""What people sign in with: passwords forgotten, reset and changed."""
