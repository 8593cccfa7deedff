"""Posting, over real HTTP."""
