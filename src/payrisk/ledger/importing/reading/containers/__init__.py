"""What exports are kept in: text, workbooks, web pages and Parquet, each read into one grid."""
