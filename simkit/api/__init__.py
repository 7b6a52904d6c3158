"""What `import simkit` offers: functions that the command line is a thin layer over, and their results.

`running`, `comparing` and `rating` hold the functions; results (`results`, `comparisons`) hold a record, show
themselves as tables (pandas) and figures (plotly), and are read again by `load`.
"""
