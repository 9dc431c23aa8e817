"""Who somebody is and what opens for them: accounts, sessions, members, invitations, keys."""
