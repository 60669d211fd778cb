"""What lies behind `benchmarks/scaling.py`: measuring, fitting, a law, a simulation, tables.

`costs` holds what a cluster is said to cost, `law` bounds a step from below in closed form,
`simulation` plays it event by event; these three need nothing but the standard library.
"""
