"""Judging: pure functions from what is known to what may be done. Nothing here touches the world; time comes in as `at`."""
