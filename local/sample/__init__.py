"""Paper Boats 2027: a conference that never was, to show and to test with.

`data/` holds its rows as a person would write them down, `media/` draws its pictures, slides,
sounds and films. Everything is the same each time, to the byte.
"""

from local.sample.load import SampleEvent, SampleUser, StoreMedia, load

__all__ = ["SampleEvent", "SampleUser", "StoreMedia", "load"]
