"""Costs on devices that nobody measured: the analytic model, corrected by trees that were learnt on measured devices.

| file | what |
|---|---|
| `model.py` | `Fitted`, the source: needs `forests.npz` alone |
| `features.py` | what the trees see of an operator and a device |
| `trees.py` `kernel.py` `store.py` | evaluating trees; the data file |
| `train.py` `samples.py` `learning.py` `growing.py` | making that file from measured tables (extra `silicon`) |
| `choose.py` | choosing the analytic model's constants on the same tables |
"""
