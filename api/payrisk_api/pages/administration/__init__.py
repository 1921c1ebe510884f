"""Administration: the pages of keys, health and the audit chain."""
