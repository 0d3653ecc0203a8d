"""Role invites: a person is invited by mail to a role of an event's team, accepts or declines."""
