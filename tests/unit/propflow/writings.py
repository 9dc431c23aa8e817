"""Names and titles in many scripts, with the sequences that belong together; and what hides in them."""

from __future__ import annotations

from hypothesis import strategies as st

ZWNJ, ZWJ, SELECTOR = "\u200c", "\u200d", "\ufe0f"
TONES = ["", *map(chr, range(0x1F3FB, 0x1F400))]
PEOPLE = ["👩", "👨", "🧑", "👧", "👦", "👶"]
OTHERS = ["🚀", "🌾", "💻", "🤝", f"❤{SELECTOR}", f"⚕{SELECTOR}", f"♀{SELECTOR}", f"✈{SELECTOR}", "🦰", f"↔{SELECTOR}"]

person = st.builds("{}{}".format, st.sampled_from(PEOPLE), st.sampled_from(TONES))
joined = st.builds(
    lambda first, more: ZWJ.join([first, *more]),
    person,
    st.lists(person | st.sampled_from(OTHERS), min_size=1, max_size=3),
)
flag = st.builds(lambda a, b: chr(0x1F1E6 + a) + chr(0x1F1E6 + b), st.integers(0, 25), st.integers(0, 25))
region = st.sampled_from(["gbeng", "gbsct", "gbwls", "usca"]).map(
    lambda code: "🏴" + "".join(chr(0xE0000 + ord(one)) for one in code) + "\U000e007f"
)
keycap = st.sampled_from("0123456789#*").map(lambda key: f"{key}{SELECTOR}\u20e3")
others = st.sampled_from(
    [
        f"🏳{SELECTOR}{ZWJ}🌈",
        f"🏴{ZWJ}☠{SELECTOR}",
        f"👁{SELECTOR}{ZWJ}🗨{SELECTOR}",
        f"🐻{ZWJ}❄{SELECTOR}",
        f"🐦{ZWJ}⬛",
        "👍🏿",
        f"☎{SELECTOR}",
    ]
)
emoji = joined | flag | region | keycap | others
"""Each is one character to a reader."""

word = st.sampled_from([
    "Zoë", "José", "Jose\u0301", "Nguyễn", "O'Neill", "王小明", "葛\U000e0100城", "한글",
    "\u1112\u1161\u11ab\u1100\u1173\u11af", "Ольга",
    "עֲדִי", "محمد", f"علی{ZWNJ}رضا", f"می{ZWNJ}خواهم", f"ه{ZWJ}", "नमस्ते", f"क्{ZWJ}ष", f"प्राक्{ZWNJ}", f"അവന്{ZWJ}", "കൃഷ്ണൻ",
    f"র{ZWJ}্যাব", f"ශ්{ZWJ}රී", "ธิดา", "กำธร", "ᠠᠷ\u180eᠠ", "தமிழ்", "తెలుగు", "ភាសាខ្មែរ",
])  # fmt: skip
writing = st.lists(word | emoji, min_size=1, max_size=6).map(" ".join)

HIDDEN = ["\u200b", "\u200e", "\u200f", "\u061c", "\ufeff", "\u2060", "\u00ad", "\u2028", "\x00", "\x1b", "\u2063",
          *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\U000e0041", "\U000e007f"]  # fmt: skip
"""What turns text around, hides or smuggles."""
