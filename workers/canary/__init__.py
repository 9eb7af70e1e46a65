"""The canary: a consumer who does not exist, planted and deleted to see that it works."""
