"""Is the physics right? simkit's own quantities against figures from outside, which the package carries."""
