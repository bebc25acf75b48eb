"""The modules of ddtrace.opentracer as it was: OpenTracing's API over this tracer.

The package ``opentracing`` is the application's own dependency.
"""
