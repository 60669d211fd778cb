"""The C extension: built where there is a compiler; where there is none, only speed misses it.

`machine` runs flat programs over many samples side by side; its kernels are printed from the gates
when the package is built (`gatenet.compiler.kernels`).
"""
