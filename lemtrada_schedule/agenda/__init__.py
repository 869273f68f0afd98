"""What is due for patients between two days: due items, and worklists over plans and histories."""
