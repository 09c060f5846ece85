"""People: organisations, accounts, posts, applications; and who acts."""
