"""Chapters and assignments: what each claims, and what all of them keep."""
