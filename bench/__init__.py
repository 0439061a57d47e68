"""Figures: ours over the named other side, in one run."""
