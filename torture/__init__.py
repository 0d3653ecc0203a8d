"""Campaigns that try to break the system: faults, kills, hostile calls and servers."""
