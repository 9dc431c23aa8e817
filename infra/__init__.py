"""Configuration and deployment: everything here follows from manifest.toml."""
