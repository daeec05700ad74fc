"""Who works here: users, their roles and their sign-in."""
