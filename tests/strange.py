"""Strange answers: texts that make a service, and answers that are refused, with the words."""

ONE_LINE = "it must be one line of 1 to"
HIDDEN = "in it is a control character or invisible; remove it, such as:"
SHAPE = "must begin with a lower-case letter, contain only lower-case letters, digits and hyphens"
TAKEN = "choose another, such as:"

# Each is taken as the name, the author and the description, whatever else it means elsewhere.
TEXTS = [
    "'single' \"double\" `back` “curly” «angle»",
    '"""); import os; ("""',
    "'''\\",
    '"',
    "\\",
    "back\\slashes\\\\ C:\\new\\table \\u0041 \\x00",
    "  spaces   around   ",
    "Zoë's 😀 \U0001f469\u200d\U0001f469\u200d\U0001f467 🇪🇺 ✈️",
    "क्\u200dष می\u200cبینم",
    "שלום مرحبا",
    "a\u00a0no-break space",
    "class",
    "asyncio",
    "-dash-",
    "../../etc/passwd",
    "a/b",
    "yes",
    "null",
    "~",
    "1e3",
    "0x10",
    "3.10",
    "2026-01-01",
    "[a",
    "{a: b}",
    "- item",
    "key: value",
    ": ",
    "#",
    "# heading",
    "a trailing #",
    "%TAG & ? | > ! @ *alias &anchor",
    "1. first",
    "12)",
    "===",
    "---",
    "```",
    "~~~ python",
    "<!-- never closed",
    "<script>alert(1)</script> &amp; &#65; R&D",
    "[link](http://example.invalid) ![image][x]",
    "[x]: http://example.invalid",
    "*strong* _stressed_ snake_case $x$ a | b",
    "{{ x }}",
    "{{ cookiecutter }}",
    "{% raw %}",
    "{# never closed",
    "$(touch x) `touch x` $HOME; touch x && touch y | z",
    "%s %(x)s {0} ${x}",
]

# Control characters and what cannot be seen, by its name in the sentence.
UNSEEN = {
    "a\tb": r"\t",
    "a\rb": r"\r",
    "a\x00b": r"\u0000",
    "\x1b[31mred": r"\u001b",
    "a\x7fb": r"\u007f",
    "a\x85b": r"\u0085",
    "a\u2028b": r"\u2028",
    "\u202egnp.exe": r"\u202e",
    "\u2066isolated\u2069": r"\u2066",
    "a\u200bb": r"\u200b",
    "\ufeffmarked": r"\ufeff",
    "so\u00adft": r"\u00ad",
    "\u3164": r"\u3164",
    "half \ud83d": r"\ud83d",
    "a byte \udcff": r"\udcff",
    "tagged \U000e0041": r"\udb40\udc41",
    "no character \uffff": r"\uffff",
}

LINES = {"project_name": 80, "author": 100, "description": 200}

# A service can be called so.
SLUGS = ["a", "a1", "shop-2-go", "a--b", "a" * 40, "my-litestar", "app", "null", "yes", "on", "e3"]

REFUSED_SLUGS = {
    "": SHAPE,
    " ": SHAPE,
    "Shop": SHAPE,
    "1shop": SHAPE,
    "1e3": SHAPE,
    "-shop": SHAPE,
    "shop-": "not end with a hyphen",
    "shop_floor": SHAPE,
    "shop floor": SHAPE,
    "shop.floor": SHAPE,
    "shop\n": SHAPE,
    "shop\t": SHAPE,
    "магазин": SHAPE,
    "😀": SHAPE,
    "shop\u202e": SHAPE,
    "shop\ud83d": SHAPE,
    ".": SHAPE,
    "..": SHAPE,
    "../x": SHAPE,
    "a/b": SHAPE,
    "/x": SHAPE,
    "a\\b": SHAPE,
    "[a": SHAPE,
    "#": SHAPE,
    "'shop'": SHAPE,
    "{{ x }}": SHAPE,
    "{% raw %}": SHAPE,
    "$(touch x)": SHAPE,
    "a" * 41: "41 characters, and 40 are allowed, such as: my-service",
    "a" * 300: "300 characters, and 40 are allowed, such as: my-service",
    "class": f"{TAKEN} class-service",
    "asyncio": f"{TAKEN} asyncio-service",
    "litestar": f"{TAKEN} litestar-service",
    "dependency-injector": f"{TAKEN} dependency-injector-service",
    "dependency--injector": f"{TAKEN} dependency--injector-service",
    "greenlet": f"{TAKEN} greenlet-service",
    "uvicorn": f"{TAKEN} uvicorn-service",
    "dotenv": f"{TAKEN} dotenv-service",
    "python": f"{TAKEN} python-service",
    "copier": f"{TAKEN} copier-service",
    **{
        name: f'"{name}" is a command of shells or of every system, so one would replace '
        f"the other; choose another, such as: {name}-service"
        for name in ("echo", "true", "kill", "wait", "history", "cd", "exit", "export", "sudo")
    },
}

REFUSED_LINES = {"": ONE_LINE, " \u00a0 ": ONE_LINE, "two\nlines": ONE_LINE, "x" * 300: ONE_LINE}

# If there are choices, `Copier` uses its own words.
REFUSED_CHOICES: list[tuple[str, object, str]] = [
    ("roles", [], "such as: [producer, consumer]"),
    ("roles", ["wroker"], "['producer', 'consumer', 'worker']"),
    ("roles", ["producer", "{{ x }}"], "['producer', 'consumer', 'worker']"),
    ("transports", [], "such as: [http]"),
    ("transports", ["smtp"], "['http', "),
    ("deploy", ["heroku"], "['compose', "),
    ("domain", "example", "such as: example.org"),
    ("domain", "Example.org", "such as: example.org"),
    ("domain", "-a.example.org", "such as: example.org"),
    ("domain", "example.org.", "such as: example.org"),
    ("domain", "a..example.org", "such as: example.org"),
    ("domain", "example.org; return 200", "such as: example.org"),
    ("domain", f"{'a' * 64}.example.org", "at most 63"),
    ("domain", f"{'a.' * 100}org", "has 203 characters, and 200 are allowed"),
    ("python_version", "3.11", "['3.12', '3.13', '3.14']"),
    ("python_version", "", "['3.12', '3.13', '3.14']"),
    ("ci", "jenkins", "['github', 'gitlab', 'none']"),
    ("license", "GPL", "['MIT', 'Apache-2.0', 'Proprietary']"),
    ("license", "mit", "['MIT', 'Apache-2.0', 'Proprietary']"),
]

REFUSED: list[tuple[str, object, str]] = [
    *(("project_slug", slug, words) for slug, words in REFUSED_SLUGS.items()),
    *((name, line, words) for name in LINES for line, words in REFUSED_LINES.items()),
    *((name, line, f'"{it}" {HIDDEN}') for name in LINES for line, it in UNSEEN.items()),
    *REFUSED_CHOICES,
]

# A list in another order, or with something twice, is the list.
LISTS = [
    ("roles", ["consumer", "producer"], ["producer", "consumer"]),
    ("roles", ["producer", "producer"], ["producer"]),
    ("transports", ["http", "http"], ["http"]),
    ("deploy", [], []),
    ("deploy", ["compose", "compose"], ["compose"]),
]
