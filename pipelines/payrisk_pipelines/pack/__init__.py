"""The Monday pack: what comes, what changed and why, who turned, and what the last miss cost."""
