"""What ``fer`` can do, a module a command. Each is imported only when it is asked for."""
