"""What the platform itself brings into Python: here, the part of it that the SDK and the local host need."""
