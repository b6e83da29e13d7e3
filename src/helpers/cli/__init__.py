"""The ``fer`` command, a module a verb. Each is imported only when it is asked for."""
