"""The KPIs of receivables: what goes into each, what it comes to, month by month, and why."""
