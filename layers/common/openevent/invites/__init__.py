"""Role invites: a person gets a mail, and accepts or declines a role in an event's team."""
