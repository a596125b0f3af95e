"""Integer programs with named variables, and the solvers behind them; `program.py` is the plan of an agent."""
