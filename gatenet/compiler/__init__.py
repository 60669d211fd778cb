"""Compiling: a recorded circuit becomes a flat program that runs many samples at once."""
