"""Measure, pair, test for equivalence, score and climb ladders of speedups.

`compare` is the heart. `pairs` measures sides in one warm process, `programs` those of other engines;
`statistics` decides; `campaign` climbs ladders, `score` rates machines, `instructions` counts, `history`
keeps. `schema` is what all of them leave behind.
"""
