"""Two service providers as they might be: programs of their own that know only our documents."""
