"""Prices, invoices and credit notes."""
