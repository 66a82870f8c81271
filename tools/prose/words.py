"""Private words and metaphors, and what to write instead of each.

Only what is wrong wherever it stands, or nearly so: a rule with false alarms is soon ignored.
"""

import re

_INSTEAD = {
    r"parking lots?": "write dead-letter queue",
    r"park(?:s|ed|ing)?": "write dead-lettered",
    r"dead letters? lot": "write dead-letter queue",
    r"tak(?:e|es|ing|en) in|took in": "write ingest",
    r"ladders?|rungs?": "write retry schedule, or attempt",
    r"(?:climb|climbs|climbed|climbing)": "write the next attempt",
    r"set(?:s|ting)? aside": "write reject, or dead-letter",
    r"put(?:s|ting)? aside": "write reject, or dead-letter",
    r"twins?": "write duplicate, or the counterpart's name",
    r"beside": "write next to, with, or as well as",
    r"bells?|(?:ring|rings|rang|rung) (?:a|the|for)": "write notify",
    r"doors?|doorstep": "name the port, or the server",
    r"hand(?:s|ed|ing)? over|handovers?": "write publish, send, or transfer",
    r"hous(?:e|es)": "name the process, or the service",
    r"let(?:s|ting)? go": "write ack, release, or close",
    r"go(?:es|ing)? on with|gone on with|went on with": "write continue",
    r"brings? along|brought along|came along": "write include, or install",
    r"tell(?:s|ing)? of|told of|tells? about": "write report, show, or name",
    r"in vain": "write without effect",
    r"anew": "write again",
    r"whereby|thereby|therein|thereof|wherein|hence|lest": "use a plain word",
    r"neighbou?rs?": "write the other requests, or the other items",
    r"outwards?|inwards?": "name the layer",
    r"at one's disposal": "use a plain word",
    r"for ever|forever": "write without a limit, or permanently",
}

INSTEAD = tuple(
    (re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), instead)
    for pattern, instead in _INSTEAD.items()
)
