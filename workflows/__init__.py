"""What happens, in order, durably: the procedure as Temporal workflows."""
