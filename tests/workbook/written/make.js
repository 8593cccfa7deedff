// Makes the files beside this one that come from JavaScript: `npm install xlsx exceljs && node make.js`.
const XLSX = require("xlsx");
const ExcelJS = require("exceljs");

const HEAD = ["Invoice Number", "Company ID", "Currency", "Original Balance", "Open Balance", "PO Number",
  "Issue Date", "Terms"];
const DAY = new Date(Date.UTC(2026, 0, 2));
const row = (number, open, po = null, day = null, terms = null) =>
  [number, "1001", "USD", 100, open, po, day, terms];
const ROWS = [HEAD, row("INV-2", 40, "00042", DAY, "two\nlines"), row("INV-3", 0), row("INV-4", 0),
  row("INV-5", 0.5), row("INV-6", 60), row("INV-7", 70), row("INV-8", null)];

function sheetjs(kind) {
  const sheet = XLSX.utils.aoa_to_sheet(ROWS);
  sheet.E3 = { t: "n", f: "D3*1", v: 0 };
  if (kind === "xlsx") delete sheet.E3.v;
  sheet.E4 = { t: "e", v: 0x2a, w: "#N/A" };
  sheet.E5.z = "0%";
  sheet["!rows"] = [null, null, null, null, null, { hidden: true }];
  sheet["!merges"] = [{ s: { r: 6, c: 4 }, e: { r: 7, c: 4 } }];
  const book = XLSX.utils.book_new();
  XLSX.utils.book_append_sheet(book, sheet, "Invoices");
  XLSX.writeFile(book, `sheetjs.${kind}`, { bookType: kind });
}

async function exceljs() {
  const book = new ExcelJS.Workbook();
  const sheet = book.addWorksheet("Invoices");
  sheet.addRows(ROWS);
  sheet.getCell("E3").value = { formula: "D3*1" };
  sheet.getCell("E4").value = { error: "#N/A" };
  sheet.getCell("E5").numFmt = "0%";
  sheet.getRow(6).hidden = true;
  sheet.mergeCells("E7:E8");
  await book.xlsx.writeFile("exceljs.xlsx");
}

["xlsx", "xlsb", "xls", "ods"].forEach(sheetjs);
exceljs();
