"""What happens by itself as time goes by: one pass, its duties in their order."""
