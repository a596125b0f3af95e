"""The compiler: front ends, the pipeline, stages, CLI and report. The only package that knows all the others."""
