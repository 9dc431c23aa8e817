"""How a message is delivered, whatever it tells: taken once, attempted, within what may leave, and concluded."""
