"""Guidance documents in, passages out. Light to import: parsers and models load when used."""
