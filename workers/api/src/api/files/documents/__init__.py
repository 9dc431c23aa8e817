"""Contracts, invoices, identity documents and other papers of properties, units, bookings and leases."""
