"""Keeping: the store, its tables, its log."""
