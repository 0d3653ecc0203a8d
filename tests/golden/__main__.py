"""Write the golden archives anew: `python -m tests.golden`. Read the difference it makes."""

from tests.golden import archives

if __name__ == "__main__":
    archives.write()
