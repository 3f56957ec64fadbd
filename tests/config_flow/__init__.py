"""The dialogs that add a plant, and those that change one."""
