"""Where a telephone number is charged: the countries of calling codes, by the longest prefix. Pure.

Codes: ITU-T E.164, list of assigned country codes, https://www.itu.int/pub/T-SP-E.164D. Of +1, which many countries
share, the area codes outside the United States and Canada are told apart: https://nationalnanpa.com, "NPA database".
Countries are ISO 3166-1 codes of two letters.
"""

_ZONE_1 = {
    "AG": "268", "AI": "264", "AS": "684", "BB": "246", "BM": "441", "BS": "242", "DM": "767", "DO": "809 829 849",
    "GD": "473", "GU": "671", "JM": "876 658", "KN": "869", "KY": "345", "LC": "758", "MP": "670", "MS": "664",
    "PR": "787 939", "SX": "721", "TC": "649", "TT": "868", "VC": "784", "VG": "284", "VI": "340",
    "CA": "204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 460 468 474 506 "
    "514 519 537 548 568 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 "
    "902 905 942",
}  # fmt: skip

# Premium numbers and those that reach no subscriber are nobody's country.
_NOWHERE_IN_ZONE_1 = "500 521 522 523 524 525 526 527 528 529 533 544 566 577 588 600 622 700 710 900"

_CODES = {
    "AD": "376", "AE": "971", "AF": "93", "AL": "355", "AM": "374", "AO": "244", "AR": "54", "AT": "43", "AU": "61",
    "AW": "297", "AZ": "994", "BA": "387", "BD": "880", "BE": "32", "BF": "226", "BG": "359", "BH": "973", "BI": "257",
    "BJ": "229", "BN": "673", "BO": "591", "BR": "55", "BT": "975", "BW": "267", "BY": "375", "BZ": "501", "CD": "243",
    "CF": "236", "CG": "242", "CH": "41", "CI": "225", "CK": "682", "CL": "56", "CM": "237", "CN": "86", "CO": "57",
    "CR": "506", "CU": "53", "CV": "238", "CW": "599", "CY": "357", "CZ": "420", "DE": "49", "DJ": "253", "DK": "45",
    "DZ": "213", "EC": "593", "EE": "372", "EG": "20", "ER": "291", "ES": "34", "ET": "251", "FI": "358", "FJ": "679",
    "FK": "500", "FM": "691", "FO": "298", "FR": "33", "GA": "241", "GB": "44", "GE": "995", "GF": "594", "GH": "233",
    "GI": "350", "GL": "299", "GM": "220", "GN": "224", "GP": "590", "GQ": "240", "GR": "30", "GT": "502", "GW": "245",
    "GY": "592", "HK": "852", "HN": "504", "HR": "385", "HT": "509", "HU": "36", "ID": "62", "IE": "353", "IL": "972",
    "IN": "91", "IO": "246", "IQ": "964", "IR": "98", "IS": "354", "IT": "39", "JO": "962", "JP": "81", "KE": "254",
    "KG": "996", "KH": "855", "KI": "686", "KM": "269", "KP": "850", "KR": "82", "KW": "965", "KZ": "76 77",
    "LA": "856", "LB": "961", "LI": "423", "LK": "94", "LR": "231", "LS": "266", "LT": "370", "LU": "352", "LV": "371",
    "LY": "218", "MA": "212", "MC": "377", "MD": "373", "ME": "382", "MG": "261", "MH": "692", "MK": "389", "ML": "223",
    "MM": "95", "MN": "976", "MO": "853", "MQ": "596", "MR": "222", "MT": "356", "MU": "230", "MV": "960", "MW": "265",
    "MX": "52", "MY": "60", "MZ": "258", "NA": "264", "NC": "687", "NE": "227", "NF": "672", "NG": "234", "NI": "505",
    "NL": "31", "NO": "47", "NP": "977", "NR": "674", "NU": "683", "NZ": "64", "OM": "968", "PA": "507", "PE": "51",
    "PF": "689", "PG": "675", "PH": "63", "PK": "92", "PL": "48", "PM": "508", "PS": "970", "PT": "351", "PW": "680",
    "PY": "595", "QA": "974", "RE": "262", "RO": "40", "RS": "381", "RU": "7", "RW": "250", "SA": "966", "SB": "677",
    "SC": "248", "SD": "249", "SE": "46", "SG": "65", "SH": "290 247", "SI": "386", "SK": "421", "SL": "232",
    "SM": "378", "SN": "221", "SO": "252", "SR": "597", "SS": "211", "ST": "239", "SV": "503", "SY": "963", "SZ": "268",
    "TD": "235", "TG": "228", "TH": "66", "TJ": "992", "TK": "690", "TL": "670", "TM": "993", "TN": "216", "TO": "676",
    "TR": "90", "TV": "688", "TW": "886", "TZ": "255", "UA": "380", "UG": "256", "US": "1", "UY": "598", "UZ": "998",
    "VA": "379", "VE": "58", "VN": "84", "VU": "678", "WF": "681", "WS": "685", "XK": "383", "YE": "967", "ZA": "27",
    "ZM": "260", "ZW": "263",
}  # fmt: skip

# Parts of a country's code that another one is numbered within, where a whole range of mobile numbers is theirs.
_WITHIN = {"BQ": "5993 5994 5997", "GG": "447781", "IM": "447624", "JE": "447797 447937", "YT": "262639"}

# Satellites and international services; and personal, paging and premium numbers of the United Kingdom.
_NOWHERE = "800 808 870 878 881 882 883 888 979 4470 4476 449"

_BY_PREFIX: dict[str, str | None] = {
    **{prefix: country for country, codes in (_CODES | _WITHIN).items() for prefix in codes.split()},
    **{f"1{code}": country for country, codes in _ZONE_1.items() for code in codes.split()},
    **{f"1{code}": None for code in _NOWHERE_IN_ZONE_1.split()},
    **dict.fromkeys(_NOWHERE.split()),
}
_LONGEST = max(map(len, _BY_PREFIX))

COUNTRIES = frozenset(country for country in _BY_PREFIX.values() if country is not None)

EUROPE = (
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IS", "IT",
    "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
USUAL = (*EUROPE, "AU", "CA", "NZ", "US")
"""Where SMS go unless a tenant chooses: not the destinations that fraud pumps SMS to."""


def country_of(number: str) -> str | None:
    """The country of a number such as +41791234567; None when it is in none, or not a number."""
    digits = number.removeprefix("+")
    for length in range(min(_LONGEST, len(digits)), 0, -1):
        if (prefix := digits[:length]) in _BY_PREFIX:
            return _BY_PREFIX[prefix]
    return None
