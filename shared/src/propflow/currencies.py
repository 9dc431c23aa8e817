"""The currencies of ISO 4217: those that people pay in, with their digits, and those that nobody begins with any more.

List one as published on 2026-01-01, by the maintenance agency: https://www.six-group.com/en/products-services/
financial-information/market-reference-data/data-standards.html. Amendments are a line here and nothing else.
"""

_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
    CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
    KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY
    TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG""",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
IN_USE = {code: digits for digits, codes in _BY_DIGITS.items() for code in codes.split()}
"""Code to digits of the minor unit."""

# Codes of funds, units of account, metals, tests and "no currency": the standard has them, nobody pays in them.
_NO_MONEY = "BOV CHE CHW CLF COU MXV USN UYI UYW XAD XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"
NO_MONEY = frozenset(_NO_MONEY.split())

_NOW_EUR = "ATS BEF BGN CYP DEM EEK ESP FIM FRF GRD HRK IEP ITL LTL LUF LVL MTL NLG PTE SIT SKK"
WITHDRAWN = {
    **dict.fromkeys(_NOW_EUR.split(), "EUR"),
    "AFA": "AFN", "ANG": "XCG", "AZM": "AZN", "BYB": "BYN", "BYR": "BYN", "CSD": "RSD", "CUC": "CUP", "ECS": "USD",
    "GHC": "GHS", "MGF": "MGA", "MRO": "MRU", "MZM": "MZN", "ROL": "RON", "RUR": "RUB", "SDD": "SDG", "SLL": "SLE",
    "SRG": "SRD", "STD": "STN", "TMM": "TMT", "TRL": "TRY", "VEB": "VES", "VEF": "VES", "YUM": "RSD", "ZMK": "ZMW",
    "ZWD": "ZWG", "ZWL": "ZWG", "ZWR": "ZWG",
}  # fmt: skip
"""Code to the one that is paid in its place. What is in a withdrawn currency already stays in it."""

_DIGITS = {**IN_USE, "CLF": 4, "UYI": 0, "UYW": 4}


def digits_of(code: str) -> int:
    """How many digits the minor unit has: 2 for EUR and for a code that is not known, 0 for JPY, 3 for KWD."""
    return _DIGITS.get(code, 2)


def is_listed(code: str) -> bool:
    """Whether ISO 4217 has, or had, this code."""
    return code in _DIGITS or code in NO_MONEY or code in WITHDRAWN


def objection(code: str) -> str | None:
    """Why nothing new can be priced in `code`, as the end of a sentence; None for a currency in use."""
    if code in IN_USE:
        return None
    if code in WITHDRAWN:
        return f"must be a currency in use: {code} was withdrawn, {WITHDRAWN[code]} is paid in its place"
    if code in NO_MONEY:
        return f"must be a currency that people pay in, and {code} is none (a fund, a metal, a test or nothing)"
    return "must be a currency of ISO 4217 in capital letters, such as EUR"
