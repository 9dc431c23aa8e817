"""What the tests stand on: the runtime as a process, the stand-in server, clients and checkers."""
