"""Writes the report workbook: what became of each invoice, and the rows to fix."""

from importer.workbook.report.data import InvoiceLine, ReportData, ReportSheet
from importer.workbook.report.write import write

__all__ = ["InvoiceLine", "ReportData", "ReportSheet", "write"]
