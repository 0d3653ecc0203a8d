"""What an archive holds: the rows of an event, as each dialect and privacy has them."""
