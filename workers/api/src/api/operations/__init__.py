"""For those who run the installation: operators, integrity, upkeep, health, the test clock."""
