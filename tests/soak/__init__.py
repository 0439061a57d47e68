"""What is run for hours, and the page that keeps the running total."""
