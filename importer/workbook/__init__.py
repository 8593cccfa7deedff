"""Between a workbook file and payloads, and back to the workbooks that we write."""
