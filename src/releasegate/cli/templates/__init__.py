"""What `init` writes: a strict policy to fill in, and a demo that can hurt nobody."""
