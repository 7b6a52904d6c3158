"""Lives: one a file, for some kinds of particles, made of physics, geometry and policies."""
