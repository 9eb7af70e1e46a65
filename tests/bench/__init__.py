"""What it costs: figures beside yardsticks that ran on the same server in the same run."""
