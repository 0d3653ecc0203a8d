"""Paper Boats 2027: an invented conference for the demo and the tests.

`data/` contains its rows, `media/` draws its images, slides, sounds and films. Each run produces
the same bytes.
"""

from local.sample.load import SampleEvent, SampleUser, StoreMedia, load

__all__ = ["SampleEvent", "SampleUser", "StoreMedia", "load"]
