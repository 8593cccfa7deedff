"""The same dry run as one would write it at first: pandas, openpyxl, jsonschema, a loop."""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import Any

import jsonschema
import pandas as pd


def main(path: str) -> None:
    """Read, group and validate a workbook; print how many invoices are valid."""
    sheets = pd.read_excel(path, sheet_name=None, engine="openpyxl", dtype=object)
    schema = json.loads(
        (resources.files("importer.validation") / "schema/invoice.json").read_text()
    )
    validator = jsonschema.Draft202012Validator(schema)
    lines = dict(list(sheets["Line Items"].groupby("Invoice Number")))
    addresses = dict(list(sheets["Addresses"].groupby("Invoice Number")))
    valid = 0
    for row in sheets["Invoices"].to_dict("records"):
        number = row["Invoice Number"]
        body = _payload(row, lines.get(number), addresses.get(number))
        valid += not list(validator.iter_errors(body))
    print(valid)


def _payload(row: dict[str, Any], lines: Any, addresses: Any) -> dict[str, Any]:
    code = row["Currency"]
    body: dict[str, Any] = {
        "invoiceNumber": str(row["Invoice Number"]),
        "customerId": str(row["Company ID"]),
        "originalBalance": {"code": code, "value": float(row["Original Balance"])},
        "openBalance": {"code": code, "value": float(row["Open Balance"])},
        "issuedAt": int(pd.Timestamp(row["Issue Date"]).timestamp()),
        "dueDate": int(pd.Timestamp(row["Due Date"]).timestamp()),
        "status": {"Open": 0, "Partially paid": 1, "Completed": 2}[row["Status"]],
        "orderNumber": str(row["Order Number"]),
    }
    details: dict[str, Any] = {"header": {}, "details": {}}
    for address in () if addresses is None else addresses.to_dict("records"):
        made = {
            "firstName": address["First Name"],
            "lastName": address["Last Name"],
            "street1": address["Street 1"],
            "street2": "",
            "city": address["City"],
            "state": address["State"],
            "zipCode": str(address["Zip Code"]),
            "country": address["Country"],
        }
        if address["Address Type"] == "Billing":
            details["header"]["billingAddress"] = made
        else:
            details["header"].setdefault("shippingAddresses", []).append(made)
    details["details"]["lineItems"] = [
        {
            "sku": line["SKU"],
            "quantity": str(line["Quantity"]),
            "unitPrice": {"code": code, "value": f"{line['Unit Price']:.2f}"},
            "unitDiscount": {"code": code, "value": f"{line['Unit Discount']:.2f}"},
            "description": line["Description"],
        }
        for line in ([] if lines is None else lines.to_dict("records"))
    ]
    return {**body, "details": details}


if __name__ == "__main__":
    main(sys.argv[1])
