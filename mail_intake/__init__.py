"""Mail intake: mail to the privacy addresses, kept before it is accepted, then made requests."""
