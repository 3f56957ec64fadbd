"""Is the plant behaving: residuals of physics, learned tolerances, named findings."""
