"""Intarsia."""
