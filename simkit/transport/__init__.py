"""Transport: the step bodies composed of physics, geometry and policies, and what runs them."""
