"""Triton kernels: one file a family of kernels, with its spec; their texts are templates in `templates/`."""
