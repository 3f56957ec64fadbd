"""A plant to test against and to try: physics, register image, faults, server."""
