"""Figures recorded from other libraries, each with the script that records them again."""
