"""Gate: what a release consists of agrees, and can be published. `.ci/release` runs the commands below.

    python -m tests.gates.release agree [--tag v1.0.0 --repository ADDRESS]
    python -m tests.gates.release check FILE.cdx.json…
    python -m tests.gates.release extras
    python -m tests.gates.release notes

`check` needs the group `release` of pyproject.toml.
"""

import argparse
import importlib.util
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT: Final = Path(__file__).parents[2]
SECTIONS: Final = (
    "Added",
    "Changed",
    "Deprecated",
    "Removed",
    "Fixed",
    "Security",
    "Changed formats",
    "Changed results",
)
"""The sections of a release in the changelog: those of Keep a Changelog, and two of this project."""

LINKS: Final = ("Repository", "Documentation", "Issues", "Changelog")
"""What `[project.urls]` must have before anything is published."""

PERMITTED: Final = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "MIT", "MPL-2.0", "PSF-2.0", "Zlib"}
)
"""Licences of packages that the wheel may install. All of them let a clinic use, change and pass on the whole."""

CLASSIFIERS: Final = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
}
"""What older packages state in place of an SPDX expression. The BSD classifier does not say which; all are alike."""


class Project(NamedTuple):
    """The parts of the repository that name a version."""

    version: str
    urls: dict[str, str]
    changelog: str
    citation: str
    labels: frozenset[str]
    released_labels: frozenset[str]


class Section(NamedTuple):
    """One release in the changelog; `day` is empty where none is given."""

    name: str
    day: str
    text: str


def project(root: Path = ROOT) -> Project:
    """Read the parts that name a version."""
    metadata = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    labels = root / "lemtrada_schedule" / "labels"
    return Project(
        version=metadata["version"],
        urls=metadata.get("urls", {}),
        changelog=(root / "CHANGELOG.md").read_text(encoding="utf-8"),
        citation=(root / "CITATION.cff").read_text(encoding="utf-8"),
        labels=frozenset(path.stem for path in labels.glob("*-*.toml")),
        released_labels=frozenset(tomllib.loads((labels / "digests.toml").read_text(encoding="utf-8"))),
    )


# --- the changelog -------------------------------------------------------------------------------


def releases(changelog: str) -> list[Section]:
    """Return the releases of a changelog, the newest first."""
    heading = re.compile(r"^## \[([^\]\n]+)\](?: - (\S+))?$", flags=re.MULTILINE)
    _, *parts = heading.split(changelog)
    return [Section(name, day or "", text) for name, day, text in zip(*[iter(parts)] * 3, strict=True)]


def faults_of_form(changelog: str) -> Iterator[str]:
    """Yield what breaks the form of Keep a Changelog, with the two sections of this project."""
    headings = re.findall(r"^## .*$", changelog, flags=re.MULTILINE)
    found = releases(changelog)
    if len(found) != len(headings):
        yield "CHANGELOG.md: a release is headed `## [1.0.0] - 2027-01-31`, the one in preparation `## [Unreleased]`"
    for section in found:
        kinds = re.findall(r"^### (.*)$", section.text, flags=re.MULTILINE)
        if kinds != [kind for kind in SECTIONS if kind in kinds]:
            order = ", ".join(SECTIONS)
            yield f"CHANGELOG.md, [{section.name}]: sections must be, once each and in this order: {order}"
    for section in found[1:] if found and found[0].name == "Unreleased" else found:
        if not _is_day(section.day):
            yield f"CHANGELOG.md, [{section.name}]: the heading needs its date, as YYYY-MM-DD"
    versions = [Version(section.name) for section in found if section.name != "Unreleased"]
    if versions != sorted(set(versions), reverse=True):
        yield "CHANGELOG.md: releases must be listed once each, the newest first"


def notes(changelog: str) -> str:
    """Return the text of the newest release, as notes for the page of the release."""
    return next(section.text for section in releases(changelog) if section.name != "Unreleased").strip() + "\n"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


# --- what must agree -----------------------------------------------------------------------------


def disagreements(project: Project, *, tag: str | None = None, repository: str | None = None) -> Iterator[str]:
    """Yield where version, tag, changelog, citation, labels and links disagree.

    Without a tag, a version under development is fine: then the changelog must still have its section for it. With
    one, everything must be as it will be published. `repository` is the address that the release is made at.
    """
    yield from faults_of_form(project.changelog)
    if tag is None and Version(project.version).is_devrelease:
        yield from _in_development(project)
    else:
        yield from _as_released(project)
    if tag is not None and tag != f"v{project.version}":
        yield f"the tag is {tag}; for the version in pyproject.toml it must be v{project.version}"
    if repository is not None and project.urls.get("Repository") != repository:
        yield f"pyproject.toml, [project.urls]: Repository must be {repository}, where this release is made"


def _in_development(project: Project) -> Iterator[str]:
    if [section.name for section in releases(project.changelog)][:1] != ["Unreleased"]:
        yield "CHANGELOG.md: the first section must be [Unreleased] while the version is under development"
    if _stated(project.citation, "version"):
        yield "CITATION.cff: remove `version` and `date-released` until the next release"


def _as_released(project: Project) -> Iterator[str]:
    if Version(project.version).is_devrelease:
        yield f"pyproject.toml: version {project.version} is under development; a release has no `.dev`"
    newest = next(iter(releases(project.changelog)), Section("", "", ""))
    if newest.name != project.version:
        yield f"CHANGELOG.md: the first section must be [{project.version}]; it is [{newest.name}]"
    expected_in_citation = {
        "version": project.version,
        "date-released": newest.day,
        "repository-code": project.urls.get("Repository", ""),
    }
    for key, expected in expected_in_citation.items():
        if _stated(project.citation, key) != expected:
            yield f"CITATION.cff: `{key}` must be {expected}"
    for label in sorted(project.labels - project.released_labels):
        yield f"lemtrada_schedule/labels/digests.toml: {label} has no entry; a release that ships it needs one"
    for link in LINKS:
        if not project.urls.get(link, "").startswith("https://"):
            yield f"pyproject.toml, [project.urls]: {link} is required, and begins with https://"


def _stated(citation: str, key: str) -> str:
    found = re.search(rf"^{key}: *['\"]?([^'\"\n]+)['\"]?$", citation, flags=re.MULTILINE)
    return found[1] if found else ""


# --- the README on the package index -------------------------------------------------------------


@cache
def builder() -> ModuleType:
    """Return `hatch_build.py`, which makes links absolute when the distributions are built."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    if spec is None or spec.loader is None:
        raise SystemExit("hatch_build.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Links(HTMLParser):
    """Collects what a page links to, and the headings that can be linked to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.headings: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # HTMLParser's
        for name, value in attrs:
            if name in {"href", "src"}:
                self.targets.append(value or "")
            elif name == "id" and value:
                self.headings.add(value)


def rendered(markdown: str) -> str:
    """Return the HTML that the package index makes of a description in Markdown."""
    from readme_renderer.markdown import render  # noqa: PLC0415  # of the group `release` alone

    page: str | None = render(markdown)
    if page is None:
        raise SystemExit("README.md: the package index cannot render it")
    return page


def dead_links(readme: str, root: Path = ROOT) -> Iterator[str]:
    """Yield the links of a README that lead nowhere, on the package index or in the repository.

    Links into the repository are followed to their file and heading. Others are not opened.
    """
    for target in builder().relative_links(readme):
        path, _, heading = target.partition("#")
        if not (root / path).resolve().is_relative_to(root) or not (root / path).exists():
            yield f"README.md links to {path}, which does not exist"
        elif heading and f"user-content-{heading}" not in _headings(root / path):
            yield f"README.md links to {target}, but {path} has no such heading"
    shown = _Links(
        rendered(builder().with_absolute_links(readme, repository="https://repository.invalid", version="1.0"))
    )
    for target in shown.targets:
        if target.startswith("#"):
            if target[1:] not in shown.headings:
                yield f"README.md links to {target}, a heading that it does not have"
        elif not re.match(r"https?://|mailto:", target):
            yield f"README.md: the link to {target} would be relative on the package index"


def _headings(page: Path) -> set[str]:
    return _Links(rendered(page.read_text(encoding="utf-8"))).headings


# --- bills of materials --------------------------------------------------------------------------


def requirements(extra: str, root: Path = ROOT) -> set[str]:
    """Return the names of the packages that the core requires, and one extra (`core`: none) beside it."""
    metadata = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = [*metadata["dependencies"], *metadata["optional-dependencies"].get(extra, [])]
    return {canonicalize_name(Requirement(line).name) for line in stated}


def extras(root: Path = ROOT) -> list[str]:
    """Return the names of the extras."""
    return list(
        tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    )


def licences(component: dict[str, Any]) -> set[str]:
    """Return the SPDX identifiers of a component's licences; unrecognised texts stay as they are."""
    found: set[str] = set()
    for entry in component.get("licenses", []):
        stated = entry.get("expression") or entry["license"].get("id") or entry["license"].get("name", "")
        known = CLASSIFIERS.get(stated)
        found |= {known} if known else set(re.split(r"\s+(?:AND|OR)\s+", stated.strip("()")))
    return found


def faults_of_bom(bom: dict[str, Any], extra: str) -> Iterator[str]:
    """Yield what is wrong with a bill of materials of the core or of an extra: packages, licences, local paths."""
    components = bom["components"]
    missing = requirements(extra) - {canonicalize_name(component["name"]) for component in components}
    for name in sorted(missing):
        yield f"{extra}: {name} is not in the bill of materials"
    for component in components:
        found = licences(component)
        if not found or not found <= PERMITTED:
            yield f"{extra}: the licence of {component['name']} is not permitted: {', '.join(sorted(found)) or 'none'}"
    if bom["metadata"].get("component", {}).get("name") != "lemtrada_schedule":
        yield f"{extra}: the bill of materials is not that of lemtrada_schedule"
    if "file://" in json.dumps(bom):
        yield f"{extra}: the bill of materials names a path on this machine"


def faults_of_boms(boms: Sequence[Path]) -> Iterator[str]:
    """Yield what is wrong with files named `PROJECT-VERSION-EXTRA.cdx.json`, by the schema of CycloneDX 1.6 first."""
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415  # of the group `release` alone
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415  # of the group `release` alone

    validator = JsonStrictValidator(SchemaVersion.V1_6)
    for file in boms:
        text = file.read_text(encoding="utf-8")
        extra = file.name.removesuffix(".cdx.json").rpartition("-")[2]
        if error := validator.validate_str(text):
            yield f"{extra}: not valid CycloneDX 1.6: {str(error)[:300]}…"
        else:
            yield from faults_of_bom(json.loads(text), extra)


# --- workflows, forms and the citation -----------------------------------------------------------


def documents(root: Path = ROOT) -> dict[Path, str]:
    """Return the files that others read by a schema, each with its schema's name in the package check-jsonschema."""
    github = root / ".github"
    forms = sorted((github / "ISSUE_TEMPLATE").glob("*.yml"))
    return (
        dict.fromkeys(sorted((github / "workflows").glob("*.yml")), "github-workflows")
        | dict.fromkeys([form for form in forms if form.stem != "config"], "github-issue-forms")
        | {github / "ISSUE_TEMPLATE" / "config.yml": "github-issue-config"}
        | {github / "dependabot.yml": "dependabot", root / "CITATION.cff": "citation-file-format"}
    )


def faults_of_documents(root: Path = ROOT) -> Iterator[str]:
    """Yield where one of those files breaks its schema.

    The schemas are data of check-jsonschema. Its command takes a second for each kind of file, this takes one for all.
    """
    from jsonschema.validators import validator_for  # noqa: PLC0415  # slow to import beside cyclonedx
    from ruamel.yaml import YAML  # noqa: PLC0415  # of the group `release` alone

    schemas = files("check_jsonschema") / "builtin_schemas" / "vendor"
    for path, name in documents(root).items():
        schema = json.loads((schemas / f"{name}.json").read_text(encoding="utf-8"))
        document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        for error in validator_for(schema)(schema).iter_errors(document):
            yield f"{path.relative_to(root).as_posix()}, {error.json_path}: {error.message}"


# --- the commands --------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 1 if it found a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.gates.release")
    commands = parser.add_subparsers(dest="command", required=True)
    agree = commands.add_parser("agree", help="version, tag, changelog, citation, labels and links agree")
    agree.add_argument("--tag", help="the tag of the release; without it, a version under development is fine")
    agree.add_argument("--repository", help="the address of the repository that the release is made at")
    check = commands.add_parser("check", help="links of the README, workflows, forms, citation, bills of materials")
    check.add_argument("boms", nargs="+", type=Path, help="bills of materials")
    commands.add_parser("extras", help="print the names of the extras")
    commands.add_parser("notes", help="print the newest release of the changelog")
    asked = parser.parse_args(arguments)
    faults: Iterator[str] = iter(())
    match asked.command:
        case "agree":
            faults = disagreements(project(), tag=asked.tag, repository=asked.repository)
        case "check":
            readme = (ROOT / "README.md").read_text(encoding="utf-8")
            faults = chain(dead_links(readme), faults_of_documents(), faults_of_boms(asked.boms))
        case "extras":
            print(*extras(), sep="\n")
        case _:
            print(notes(project().changelog), end="")
    found = list(faults)
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
