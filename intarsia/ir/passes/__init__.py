"""One file a pass: `run(module) -> Module` takes a module of one stage, and gives one of the next."""
