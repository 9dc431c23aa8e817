"""Media and documents, and the store that keeps them."""
