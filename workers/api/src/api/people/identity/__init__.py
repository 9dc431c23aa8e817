"""Who somebody is: the person, the password, the device, and the proof of it. Accounts, links and Google share it."""
