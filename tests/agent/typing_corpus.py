"""Texts that other tools lose or change, one row each."""

from __future__ import annotations

from collections.abc import Mapping

CORPUS: Mapping[str, str] = {
    # What every keyboard has somewhere.
    "letters": "The quick brown fox jumps over the lazy dog",
    "upper case": "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG",
    "mixed case": "aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ",
    "digits": "0123456789 9876543210",
    "all of ASCII": "".join(map(chr, range(0x20, 0x7F))),
    "all of ASCII, backwards": "".join(map(chr, range(0x7E, 0x1F, -1))),
    "markup": "<a href=\"x\">&amp; 'q'</a> <!-- > -->",
    "shell": "$(rm -rf \"$HOME\"/*) | tee `x` && : > 'f' ; echo \\$\\\\ {a,b}~!#",
    "dead keys' characters": "^ ` ~ ' \" ^e `a ~n 'o \"u ^^ `` ~~",
    "brackets": "()[]{}<> ([{<>}])",
    "a regular expression": r"^\s*(?P<a>[^\[\]]+)\|\d{2,}$",
    "a path": r"C:\Users\me\new.txt \\host\share",
    "JSON": '{"a": [1, 2.5e-3, null], "b\\n": "\\u00e9"}',
    "an address": "https://example.com/a?b=c&d=%20#e; me+tag@example.com",
    # Line ends, tabs and spaces.
    "lines": "first\nsecond\n\nfourth\n",
    "tabs": "a\tb\t\tc",
    "lines and tabs": "def f():\n\treturn {\n\t\t'a': 1,\n\t}\n",
    "leading and trailing spaces": "   three before, two after  ",
    "spaces alone": "     ",
    "one character": "x",
    # Many of one.
    "repeated letters": "a" * 50 + "A" * 50 + "aA" * 25,
    "repeated accents": "é" * 40 + "ß" * 40 + "éß" * 20,
    "repeated emoji": "😀" * 30,
    "repeated punctuation": "!!!!????....----____====",
    "alternating levels": "aA1!@#" * 20,
    # Latin letters and what goes with them.
    "French": "Où est l'œuf ? À côté ; ça coûte « 3 € ».",
    "German": "Füße, Äpfel, Öl, Übermut; ẞ „so“ ‚so‘",
    "Spanish": "¿Mañana? ¡Sí! El pingüino y el ñandú, 2ª vez",
    "Portuguese": "São Tomé, ação, à, lâmpada, você",
    "Polish": "Zażółć gęślą jaźń",
    "Czech": "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "Hungarian": "árvíztűrő tükörfúrógép",
    "Turkish": "Iıİi ğĞ şŞ çÇ",
    "Vietnamese": "Tiếng Việt: ằẳẵặ ồổỗộ ướừ",
    "Icelandic": "Þú ættir að læra, ðÐ æÆ",
    "Romanian": "ăâîșț ĂÂÎȘȚ",
    "all of Latin-1": "".join(map(chr, range(0xA0, 0x100))),
    "Latin Extended-A": "".join(map(chr, range(0x100, 0x180))),
    "typography": "— – … ‘a’ “b” ‹c› • † ‡ ‰ ™ © ® ½ ⅔ № ½",
    "currencies": "$ ¢ £ ¤ ¥ € ₹ ₽ ₿ ₩",
    "mathematics": "∀x∈ℝ: ⌈x⌉ ≠ −∞ ∑∫√ ≤ ≥ ≈ × ÷ π ⊂ ∪",
    "arrows and boxes": "← ↑ → ↓ ⇒ ┌─┬┐ │ └┴┘ ▒█ ☐ ☑ ✓",
    "superscripts": "x² y³ H₂O ⁿ ª º",
    # Other scripts.
    "Greek": "Καλημέρα κόσμε, ΑΒΓ αβγ ς σ ϊ ΰ",
    "Cyrillic": "Съешь ещё этих мягких французских булок, да выпей чаю",
    "Cyrillic upper case": "СЪЕШЬ ЕЩЁ ЭТИХ МЯГКИХ БУЛОК, №1",
    "Ukrainian": "Їжак, ґанок, євро, ість",
    "Cyrillic and Latin": "Привет hello Мир WORLD ё @ # $ & [ ] { }",
    "Hebrew": "שלום עולם, בְּרֵאשִׁית",
    "Arabic": "مرحبا بالعالم، كيف الحال؟ ١٢٣",
    "Persian": "می‌خواهم گچ پژ",
    "Devanagari": "नमस्ते दुनिया, क्षत्रिय ज्ञ",
    "Thai": "สวัสดีชาวโลก ที่นี่",
    "Tamil": "வணக்கம் உலகம்",
    "Georgian and Armenian": "გამარჯობა Բարեւ",
    "Chinese": "你好，世界！我能吞下玻璃而不伤身体。",
    "Japanese": "こんにちは、カタカナ、ｶﾀｶﾅ、漢字「」",
    "Korean": "안녕하세요 세계, 한글",
    "a hundred distinct ideographs": "".join(map(chr, range(0x4E00, 0x4E64))),
    "astral ideographs": "𠀀𠀁𪚥𫝀 𠮷野家",
    # What is more than one code point, or none that is seen.
    "combining marks": "e\u0301 a\u0308 n\u0303 o\u0302\u0323 q\u0307\u0323",
    "a letter with many marks": "Z\u0351\u036b\u0343a\u0300\u0301\u0302\u0303\u0304",
    "emoji": "😀 😂 🥰 🤖 🚀 🎉 🔥 ❤ ☕",
    "joined emoji": "👩‍👩‍👧‍👦 🧑‍💻 🏳️‍🌈 ❤️‍🔥",
    "skin tones": "👍🏻👍🏼👍🏽👍🏾👍🏿",
    "flags": "🇩🇪🇫🇷🇺🇸🇯🇵 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "keycaps": "1️⃣ 2️⃣ #️⃣",
    "musical and other astral symbols": "𝄞 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟘𝟙𝟚 🄰 🂡",
    "no-break and other spaces": "a\u00a0b\u2009c\u202fd\u3000e\u200bf",
    "direction marks": "a\u200eb\u200fc \u202babc\u202c \u2067d\u2069",
    "soft hyphen": "hy\u00adphen",
    "zero width no-break space": "\ufeffa\ufeffb",
    "line and paragraph separators": "a\u2028b\u2029c",
    "private use and the last ones": "\ue000 \uf8ff \U000f0000 \U0010fffd",
    "the end of the first plane": "\ufffd \ufffc ﬁ ﷽",
    "many scripts in one": "aé漢שم한Жω😀" * 5,
    # A lot.
    "a hundred mixed": "".join(map(chr, [*range(0x3B1, 0x3C9), *range(0x430, 0x44A)])) * 2 + "😀é",
    "three thousand letters": ("Lorem ipsum dolor sit amet, consectetur. " * 74)[:3000],
    "a thousand mixed": ("Zwölf Boxkämpfer – 漢字 и буквы 😀; " * 32)[:1000],
}

CROSS_SECTION = (
    *("all of ASCII", "shell", "dead keys' characters", "lines and tabs", "repeated accents"),
    *("all of Latin-1", "Cyrillic and Latin", "Arabic", "a hundred distinct ideographs"),
    *("joined emoji", "no-break and other spaces", "private use and the last ones"),
)
"""What `make test` types."""

EXOTIC = "äöü€ 漢字仮名交じり文 Ελληνικά 😀🚀 שלום ∑∫√ ąęłż ☕"
"""Scripts that no one layout has together."""

A_HUNDRED = "".join(map(chr, range(0x4E00, 0x4E64)))
"""Characters that no layout has: more than there are spare keys."""
