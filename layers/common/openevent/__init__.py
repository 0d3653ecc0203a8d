"""Export, copy and role invites of Open Event as functions beside its database."""

# Version of the code; pyproject.toml and template.yaml have the same.
__version__ = "1.0.0"
