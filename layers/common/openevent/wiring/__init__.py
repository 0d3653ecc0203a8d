"""Wiring: from settings to use cases, one module a function; the only place that builds them.

Each function imports its own module and `shared` alone, so that a cold start loads nothing of the
other functions.
"""
