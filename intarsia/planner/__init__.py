"""Choices: which device, precision, batch and place for everything, each checked by a judge in `validate/`."""
