"""Named like a module of the standard library, which therefore hides it."""

MARK = "the Worker's own file"
