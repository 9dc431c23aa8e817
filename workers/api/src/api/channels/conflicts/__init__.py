"""Stays that channels report and that do not fit our calendar: both sides, and the ways out."""
