"""Adapters: one module for each service outside the process."""
