"""The gate's own way to people: mail by a client of its own, and whatever apprise reaches."""
