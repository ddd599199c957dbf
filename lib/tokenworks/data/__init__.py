"""Facts as tables; every row names its source and the day it was read."""
