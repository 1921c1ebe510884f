"""The treasurer's workbook: a summary for one printed page, charts, and every record."""
