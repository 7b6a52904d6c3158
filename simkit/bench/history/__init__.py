"""All kept records as one table, and where a metric's level changed."""
