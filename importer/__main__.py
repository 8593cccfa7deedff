"""`python -m importer`: the command without its script."""

if __name__ == "__main__":
    try:
        from importer.cli import entry
    except KeyboardInterrupt:
        import os

        os.write(2, b"importer: Interrupted.\n")
        os._exit(130)
    entry()
