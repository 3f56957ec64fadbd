"""What would be worth doing: the horizon, the optimum, how it is carried out."""
