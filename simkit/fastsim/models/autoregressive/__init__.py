"""Showers layer by layer, each from those before it: a network learns the chances, a kernel draws.

In a layer come first the number of cells that are on and the layer's energy, then both for each ring from
the inside out, then which cells of each ring are on, then their energies, as shares of what is left in the
ring. So the numbers of cells and the sums are exact in layers and rings. Cells are drawn in two halves of a
checkerboard, of which the second knows the first. What is predicted are deviations from smooth functions of
the incident energy, of order one whether a layer fluctuates by 1 % or by 100 %.
"""
