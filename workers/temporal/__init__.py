"""How our processes speak to Temporal: one converter, one client, one worker, one replayer."""
