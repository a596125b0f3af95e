"""Operator costs measured on real devices: the tables of aiconfigurator-core, interpolated (extra `silicon`)."""
