"""Events that are made: what a copy and an import share.

What is about to be made is recorded before it is made, so that it can be finished or removed after
a function that ended at any moment (docs/decisions/0031).
"""
