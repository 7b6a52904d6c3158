"""What `import simkit` offers: `calls` that the command line is a thin layer over, and their results.

Results hold a record, show themselves as tables (pandas) and figures (plotly), and are read again by `load`.
"""
