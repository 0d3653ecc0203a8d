"""Export, copy and role invites of Open Event as functions beside its database."""
