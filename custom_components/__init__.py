"""Makes this a package, or the test plugin's folder of that name would win."""
