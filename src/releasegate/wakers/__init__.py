"""Who wakes the watch, beside its own loop: a task for an engine of jobs. Each tries once; the next one goes on where it stopped."""
