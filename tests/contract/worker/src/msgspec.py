"""Named like a package of python_modules, which therefore hides it."""

MARK = "the Worker's own file"
