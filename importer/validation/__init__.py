"""Whether a payload may be posted: JSON Schema first, then what a schema can't say."""
