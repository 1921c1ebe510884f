"""What a feature tells of: the cause under which people read about it in reasons."""

from __future__ import annotations

from enum import StrEnum


class FeatureCause(StrEnum):
    """The causes, finer than any list of reasons: each list names those it takes together."""

    # how the customer has paid, and others like it
    PAST_LATENESS = "past_lateness"
    RECEIPTS = "receipts"
    GROUP_LATENESS = "group_lateness"
    PEER_LATENESS = "peer_lateness"
    PAYMENT_DAYS = "payment_days"
    MONTH_END = "month_end"
    # what it buys
    PURCHASES = "purchases"
    AMOUNT = "amount"
    TERMS = "terms"
    TENURE = "tenure"
    # what it owes
    EXPOSURE = "exposure"
    ARREARS = "arrears"
    GROUP_EXPOSURE = "group_exposure"
    RESIDUAL = "residual"
    PAST_DUE = "past_due"
    DATES = "dates"
    # what went wrong
    DISPUTES = "disputes"
    CREDIT_NOTES = "credit_notes"
    PROMISES = "promises_and_reminders"
    COLLECTION = "collection"
    WRITE_OFFS = "write_offs"
    # what an application says
    BUREAU_REPORT = "bureau_report"
    REFERENCES = "references"
    YEARS_TRADING = "years_trading"
    COMPANY_SIZE = "company_size"
    REQUESTED_LIMIT = "requested_limit"
    REQUESTED_TERMS = "requested_terms"
    EXPECTED_SALES = "expected_sales"
    NET_WORTH = "net_worth"
    VAT_NUMBER = "vat_number"
    CONTACT = "contact"
    ADDRESS = "address"
    BANK_COUNTRY = "bank_country"
    PRESS = "press"
    SECTOR = "sector"
