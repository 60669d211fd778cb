"""The rungs of the ladder, one module for each family, and the processes they work in."""
