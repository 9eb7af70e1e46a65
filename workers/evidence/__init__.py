"""Evidence of one request in one signed file, for auditors who have nothing else."""
