"""The names of classes in a service's code: in a sentence, each is marked as code.

A rename that replaces a word everywhere puts such a name where an English word belongs.
"""

import re
from functools import cache

from tools.service import ROOT

_CLASS = re.compile(r"^\s*class ([A-Z]\w*[a-z0-9][A-Z]\w*)", re.MULTILINE)
_ALERT = re.compile(r"- alert: (\w+)")


@cache
def class_names() -> frozenset[str]:
    """Return the names with more than one capital: a name with one may be an English word, too.

    Runbooks and pages name alerts as they are, so a name that an alert has as well is left out.
    """
    source, rules = ROOT / "template" / "src", ROOT / "template/deploy/monitoring/rules.yml"
    found = {
        name for path in source.rglob("*.py") for name in _CLASS.findall(path.read_text("utf-8"))
    }
    return frozenset(found - {*_ALERT.findall(rules.read_text("utf-8"))})
