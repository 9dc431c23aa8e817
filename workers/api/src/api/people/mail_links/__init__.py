"""Links in mails: verify an address, reset a password. Only a POST spends one; a scanner's GET does nothing."""
