"""Showers layer by layer, each from those before it: a network learns the chances, a kernel draws.

First comes the energy of the whole shower. In a layer come the number of cells that are on and the layer's
share of the energy that is left, then both for each ring from the inside out, then which cells of each ring
are on, then their shares of its energy. So numbers of cells and sums are exact in showers, layers and rings.
Cells are drawn in two halves of a checkerboard, of which the second knows the first. What is predicted are
deviations from smooth functions of the incident energy, of order one whether a layer fluctuates by 1 % or by
100 %. All angles share their weights, so that a turned shower has the same chance.
"""
