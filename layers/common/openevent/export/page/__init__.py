"""The page of an export: what it says, and who may open it."""
