"""The staff's side of the gateway: sign-in, the queue, the figures, and what the case page uses."""
