"""Programs that are killed."""
