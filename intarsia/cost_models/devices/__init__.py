"""The device catalogue: one TOML file a device beside this one, and this machine.

>>> load("H100-SXM").flops["bf16"]
>>> local().sources["memory"]
"""

from intarsia.cost_models.devices.catalogue import available as available
from intarsia.cost_models.devices.catalogue import load as load
from intarsia.cost_models.devices.this_machine import local as local
