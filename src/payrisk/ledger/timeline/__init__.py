"""The timeline: what was known on a morning, from facts that carry two dates."""
