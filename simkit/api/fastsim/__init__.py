"""Fast simulation from Python: training generators and using them."""
