"""Other words for our sheets and columns, as ERPs write them: for proposals only.

The words are of the trade in English and German. A header that bears one is proposed, and the user
decides; the aliases in the layout are taken without asking.
"""

from __future__ import annotations

from collections.abc import Mapping

from importer.workbook.fields import normal

Words = Mapping[str, tuple[str, ...]]

SHEET_WORDS: Words = {
    "invoices": ("Rechnungen", "Rechnungskopf", "Belege", "Belegkopf", "Documents", "AR Invoices"),
    "lines": ("Rechnungspositionen", "Positionen", "Belegzeilen", "Document Lines", "Details"),
    "addresses": ("Adressen", "Anschriften", "Customers"),
    "costs": ("Kosten", "Nebenkosten", "Zuschläge", "Surcharges"),
    "shipments": ("Lieferungen", "Sendungen", "Tracking"),
}

NOT_TO_BILL = frozenset((
    "credit", "credits", "gutschrift", "gutschriften", "refund", "refunds", "quote", "quotes",
    "quotations", "estimates", "offers", "angebote", "purchase", "supplier", "suppliers", "vendor",
    "vendors", "bills", "draft", "drafts", "entwürfe", "void", "voided", "cancelled", "canceled",
    "storno", "deleted", "proforma", "forma", "payment", "payments", "receipts", "zahlungen",
))  # fmt: skip
"""Words of titles and of names of files whose rows aren't invoices to be sent to a buyer."""

OTHER_SHEETS = NOT_TO_BILL | frozenset((
    "paid", "receipt", "remittance", "journal", "journals", "posting", "postings", "ledger",
    "deposit", "deposits", "bank", "pivot", "summary", "totals", "template", "statement", "zahlung",
    "zahlungseingänge", "buchungen", "journalbuchungen", "order", "orders", "aufträge", "customer",
    "customers", "company", "companies", "kunden", "product", "products", "stock", "old", "archive",
    "backup",
))  # fmt: skip
"""Words of titles of sheets that are none of ours, though they may have all of our columns."""

COLUMN_WORDS: Mapping[str, Words] = {
    "invoices": {
        "number": (
            "Document Number", "Document No", "Doc No", "Belegnummer", "Beleg-Nr", "Beleg",
            "Rechnungsnummer", "Rechnungs-Nr", "Rechnung Nr", "Re-Nr", "RG-Nr", "Faktura",
            "Billing Document",
        ),
        "currency": ("Währung", "Währungscode", "Document Currency", "Doc Currency", "WAERS"),
        "original": (
            "Gross Amount", "Gross Total", "Gross", "Gross Value", "Grand Total", "Document Total",
            "Invoice Value", "Amount Including VAT", "Amount Including Tax", "Total Including Tax",
            "Total Including VAT", "Total Incl VAT", "Total Incl Tax", "Amount Incl VAT",
            "Gesamtbetrag", "Rechnungsbetrag",
            "Bruttobetrag", "Brutto", "Betrag Brutto", "Summe Brutto", "Endbetrag",
        ),
        "open": ("Offener Betrag", "Offen", "Restbetrag", "Offener Saldo", "Remaining Amount",
                 "Amount Remaining", "Remaining Balance", "Balance Remaining", "Total Due",
                 "Outstanding Amount", "Outstanding Balance", "Amount Outstanding"),
        "issued": (
            "Belegdatum", "Rechnungsdatum", "Rg-Datum", "Posting Date", "Doc Date", "Buchungsdatum",
        ),
        "due": ("Fälligkeit", "Fälligkeitsdatum", "Fällig am", "Fällig", "Zahlbar bis",
                "Net Due Date",
                "Date Due", "Due On", "Payment Due By"),
        "status": ("Zahlstatus", "Zahlungsstatus", "Belegstatus", "Paid"),
        "type": ("Belegart", "Rechnungsart", "Doc Type"),
        "order": ("Auftragsnummer", "Auftrags-Nr", "Auftrag", "Sales Order", "Order No", "Order",
                  "Web Order", "Shop Order", "Store Order"),
        "po": ("Bestellnummer", "Bestell-Nr", "Kundenbestellung", "Customer PO", "Your Reference"),
        "external_id": ("Belegschlüssel", "Internal ID", "Record ID"),
        "external_customer": (
            "Kundennummer", "Kunden-Nr", "Kd-Nr", "KdNr", "Kunde", "Debitor", "Debitorennummer",
            "Debitor-Nr", "Customer ID", "Cust No", "Sold To", "Bill To Customer No", "KUNNR",
        ),
        "pdf": ("Beleg-PDF", "Document Link", "Rechnung PDF"),
        "terms": ("Zahlungsbedingungen", "Zahlungsbedingung", "Zahlungsziel", "Payment Terms"),
    },
    "lines": {
        "sku": (
            "Artikelnummer", "Artikel-Nr", "Artikelnr", "Art-Nr", "Artikel", "Material",
            "Materialnummer", "Stock Code", "MATNR",
        ),
        "quantity": ("Menge", "Mge", "Anzahl", "Stück", "Stk", "Invoiced Qty", "Shipped Qty"),
        "price": (
            "Einzelpreis", "E-Preis", "EP", "Stückpreis", "Preis", "Preis netto", "Nettopreis",
            "Sales Price", "Net Unit Price",
        ),
        "discount": ("Rabatt je Stück", "Discount Per Unit", "Discount Each"),
        "description": (
            "Bezeichnung", "Artikelbezeichnung", "Beschreibung", "Artikeltext", "Positionstext",
            "Item Text", "Material Description",
        ),
        "type": ("Positionsart",),
        "comments": ("Bemerkung", "Anmerkung", "Hinweis", "Remarks"),
    },
    "addresses": {
        "kind": ("Adressart", "Adresstyp"),
        "first": ("Vorname", "Given Name"),
        "last": ("Nachname", "Name", "Ansprechpartner", "Contact", "Family Name"),
        "street1": ("Straße", "Strasse", "Anschrift", "Adresse"),
        "street2": ("Adresszusatz", "Zusatz"),
        "city": ("Ort", "Stadt"),
        "state": ("Bundesland", "Kanton"),
        "zip": ("PLZ", "Postleitzahl"),
        "country": ("Land", "Ländercode", "Landeskennzeichen"),
        "code": ("Adressnummer", "Adress-Nr", "Anschriftnummer"),
    },
    "costs": {
        "description": ("Kostenart", "Bezeichnung", "Zuschlag"),
        "amount": ("Betrag", "Kosten"),
    },
    "shipments": {
        "ship_date": ("Versanddatum", "Lieferdatum"),
        "ship_via": ("Versandart", "Spediteur", "Frachtführer"),
        "tracking": ("Sendungsnummer", "Trackingnummer", "Paketnummer"),
        "comments": ("Bemerkung",),
    },
}  # fmt: skip

ADDRESS_PREFIXES: Words = {
    "billing": (
        "Bill To", "Billing", "Invoice", "Sold To", "Rechnung", "Rechnungs", "Rechnungsadresse",
        "RE",
    ),
    "shipping": (
        "Ship To", "Shipping", "Delivery", "Deliver To", "Liefer", "Lieferung", "Lieferadresse",
        "Versand", "LI",
    ),
}  # fmt: skip
"""What comes before an address's column in a flat sheet: `Ship To City`, `Liefer-Ort`."""

COST_WORDS: Words = {
    "Subtotal": ("Subtotal", "Net Amount", "Net Total", "Nettobetrag", "Summe Netto", "Netto"),
    "Shipping": ("Freight", "Freight Amount", "Shipping Cost", "Fracht", "Frachtkosten",
                 "Versandkosten"),
    "Tax": ("Tax", "Tax Amount", "VAT", "VAT Amount", "Sales Tax", "MwSt", "MwSt-Betrag", "USt",
            "Steuerbetrag"),
}  # fmt: skip
"""Columns of a flat sheet that hold a sum of the whole invoice: each becomes a cost line."""

OTHER_MEANINGS: frozenset[str] = frozenset(
    normal(header)
    for header in (
        "Payment Date", "Paid Date", "Date Paid", "Paid At", "Last Payment Date", "Order Date",
        "Expected Payment Date", "Delivery Date", "Created Date", "Created At", "Date Created",
        "Modified Date", "Last Modified", "Service Date", "Quality", "County", "Amount Paid",
        "Paid Amount", "Payment Amount", "Line Total", "Line Amount", "Item Total",
        "Extended Price", "Cost", "Unit Cost", "Cost Price", "Discount", "Discount %",
        "Line Discount %", "Zahldatum", "Zahlungsdatum", "Zahlungseingang", "Lieferdatum",
        "Bestelldatum",
    )
)  # fmt: skip
"""Headers of columns that aren't ours, though their spelling or their words are near to one.

They are shown, never proposed, unless they are a column's own name.
"""

SHORT_WORDS: Mapping[str, str] = {
    "no": "number", "nr": "number", "num": "number", "nummer": "number", "amt": "amount",
    "qty": "quantity", "dt": "date", "cust": "customer", "desc": "description",
    "descr": "description", "inv": "invoice", "curr": "currency", "cur": "currency",
    "addr": "address", "prc": "price", "ord": "order", "disc": "discount", "doc": "document",
    "ext": "external", "orig": "original", "bal": "balance", "art": "artikel", "kd": "kunden",
    "rg": "rechnung", "re": "rechnung",
}  # fmt: skip
"""Short forms and what they stand for, so that `Cust. No.` is near to `Customer Number`."""

CHOICE_WORDS: Mapping[str, Words] = {
    "status": {
        "Open": ("offen", "unpaid", "outstanding", "unbezahlt", "überfällig", "overdue"),
        "Partially paid": ("partial", "part paid", "teilbezahlt", "teilweise bezahlt", "teiloffen"),
        "Completed": ("paid", "closed", "bezahlt", "ausgeglichen", "erledigt", "cleared"),
    },
    "kind": {
        "Billing": ("bill to", "invoice", "rechnung", "rechnungsadresse"),
        "Shipping": ("ship to", "delivery", "lieferung", "lieferadresse", "versand"),
    },
}
"""What else the labels of a choice are called, by the column's key."""
