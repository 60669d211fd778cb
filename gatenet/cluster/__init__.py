"""Shards of a batch worked out elsewhere, with the sums that one process would find.

Knows compiled circuits and rows; does not know models or optimizers.
"""
