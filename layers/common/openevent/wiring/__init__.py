"""Wiring: from settings to use cases, one module a function; the only place that builds them.

Each function imports its own module, and modules of parts that several functions have. So a cold
start loads nothing of the other functions.
"""
