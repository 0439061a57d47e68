"""The fault matrix: real processes that are killed, frozen, or given an I/O error at every named point of what they do."""
