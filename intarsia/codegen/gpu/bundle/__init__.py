"""A model planned for a GPU, as a bundle: kernels as readable files, compiled objects, weights, a host program that runs one step, and a manifest."""
