"""Tests that need strace: the kernel's own errors, put in at the moment of the commit."""
