"""Random circuits, run every way there is, and compared bit by bit (`compiledfuzz.py`)."""
