"""How a track moves: the flight of photons (boundary, Woodcock), how their process is chosen, policies.

A policy is the type of its params. Where a neutral value means off and costs one comparison (roulette
threshold 0, killer window empty) it is data instead.
"""
