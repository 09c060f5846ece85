"""The loop: rejected rows go out as an annotated sheet and come back corrected; doubts of users; what a month was like."""
