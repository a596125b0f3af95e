"""What `intarsia calibrate` runs: every kernel that codegen/cpu emits, and what Python does between and around steps.

`programs.py` says what is run, `native.py` runs it as compiled models run, `host.py` times the runtime's own work.
"""
