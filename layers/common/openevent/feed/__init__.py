"""The public feed of schedules: a published event's programme, for apps and calendars that poll."""
