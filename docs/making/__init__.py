"""What of the documentation is made from the code at each build, so that it cannot drift from it."""
