"""What kinds of documents there are and how their numbers are shown.

Each tenant has one series of numbers per kind, unbroken from its first document on.
"""

INVOICE = "INV"
CREDIT_NOTE = "CN"


def display_number(series: str, number: int) -> str:
    """`INV-000001`. Numbers above a million simply grow longer."""
    return f"{series}-{number:06d}"


def invoice_source(booking_id: str) -> str:
    """What makes the first invoice of a booking unique; a later one adds the booking's version."""
    return f"booking:{booking_id}"


def sources_end(booking_id: str) -> str:
    """What comes after every source of the booking's documents."""
    return f"booking:{booking_id};"  # the character after the colon
