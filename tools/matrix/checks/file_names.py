"""Every file can be checked out on Windows, and deep in a folder of its user's."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.matrix.rendering import Rendering

# The rest of Windows's limit of 260 characters, after the folder of the project.
LONGEST = 120
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"\\|?*\x00-\x1f]')


def check(rendering: Rendering) -> Iterator[str]:
    """Yield the names that Windows refuses or cannot tell apart, and paths that are too long."""
    parents = {str(it) for path in rendering.files for it in PurePosixPath(path).parents}
    paths = [*rendering.files, *sorted(parents - {"."})]
    for path in paths:
        name = path.rpartition("/")[2]
        if _DEVICE.match(name):
            yield f"{path}: a device of Windows"
        if _FORBIDDEN.search(name) or name.endswith((".", " ")):
            yield f"{path}: not a name on Windows"
        if len(path) > LONGEST:
            yield f"{path}: {len(path)} characters where {LONGEST} are allowed"
    same = Counter(path.casefold() for path in paths)
    for path in paths:
        if same[path.casefold()] > 1:
            yield f"{path}: another differs in small and capital letters only"
