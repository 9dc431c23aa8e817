"""The product's whole surface as its own OpenAPI document tells it: every route, every place that takes a value."""
