"""`python -m importer`: the command without its script."""

from importer.cli import entry

if __name__ == "__main__":
    entry()
