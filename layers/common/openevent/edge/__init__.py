"""Edge: requests, bodies, answers and settings, as HTTP and Lambda have them."""
