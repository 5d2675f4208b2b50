"""Identity: accounts, activation, log-in, second factor, grants and delegations."""
