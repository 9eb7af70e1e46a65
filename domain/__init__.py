"""What the law and the policy say: pure functions and facts, no I/O, no clock."""
