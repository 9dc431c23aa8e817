"""What a channel's calendar says, entry by entry, what each run decided about it, and what people say about that."""
