"""What the organisation has chosen about its messages: to which countries its SMS go."""
