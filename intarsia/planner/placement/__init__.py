"""Where things go on a mixed fleet: the tasks of agents, layers of models, operators of layers."""
