"""Forgetting: what names a person is erased, unless a rule or a legal hold keeps it a while."""
