"""Build the description for the package index from README.md, whose links point to files of this repository.

The index has none of these files. Each relative link therefore becomes a link to the file in the repository, at the tag
of the version that is built. Without an address of the repository in `[project.urls]`, the text stays as it is, and
`.ci/release` refuses to publish it.
"""

import re
from pathlib import Path
from typing import Any, Final

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK: Final = re.compile(
    r"^```.*?^```$"  # a block of code has no links
    r"|(?P<before>\]\(|^\[[^\]\n]+\]: |\b(?:href|src|srcset)=\")"
    r"(?![a-z][a-z0-9+.-]*:|[#/<])(?P<target>[^)\"\s]+)",
    flags=re.MULTILINE | re.DOTALL,
)
_PICTURE: Final = re.compile(r"\.(?:gif|jpe?g|png|svg|webp)$")


def relative_links(text: str) -> list[str]:
    """List what relative links of a Markdown text point to, with pictures, in their order."""
    return [link["target"] for link in _LINK.finditer(text) if link["target"]]


def with_absolute_links(text: str, *, repository: str, version: str) -> str:
    """Return a Markdown text whose relative links point into the repository, at the tag of a version.

    A version under development has no tag: its links point to the default branch.
    """
    at = "HEAD" if "dev" in version else f"v{version}"

    def absolute(link: re.Match[str]) -> str:
        target = link["target"]
        if not target:
            return link[0]
        kind = "raw" if _PICTURE.search(target) else "blob"
        return f"{link['before']}{repository.rstrip('/')}/{kind}/{at}/{target.removeprefix('./')}"

    return _LINK.sub(absolute, text)


class ReadmeHook(MetadataHookInterface):
    """Sets the field `readme` of the metadata. hatchling finds this class by its base."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the README, with absolute links where the address of the repository is known."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        repository = metadata.get("urls", {}).get("Repository")
        if repository is not None:
            text = with_absolute_links(text, repository=repository, version=metadata["version"])
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
