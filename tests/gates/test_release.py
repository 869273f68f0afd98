"""A release cannot be made of parts that disagree, and its files say what they must."""

import importlib.metadata
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.utils import canonicalize_name

from tests.gates.release import (
    LINKS,
    PERMITTED,
    ROOT,
    Project,
    builder,
    disagreements,
    documents,
    extras,
    faults_of_bom,
    faults_of_form,
    licences,
    notes,
    project,
    releases,
    requirements,
)

WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ADDRESS: Final = "https://forge.example/team/schedule"
CHANGELOG: Final = """# Changelog

## [0.2.0] - 2027-03-01

### Added

- Two.

### Changed results

- A date.

## [0.1.0] - 2027-01-31

### Added

- One.
"""
RELEASED: Final = Project(
    version="0.2.0",
    urls=dict.fromkeys(LINKS, f"{ADDRESS}/page") | {"Repository": ADDRESS},
    changelog=CHANGELOG,
    citation=f"cff-version: 1.2.0\nversion: 0.2.0\ndate-released: '2027-03-01'\nrepository-code: {ADDRESS}\n",
    labels=frozenset({"us-2024-05"}),
    released_labels=frozenset({"us-2024-05", "eu-2020-01"}),
)


# --- version, tag, changelog, citation, labels and links -----------------------------------------


def test_the_parts_of_this_repository_agree() -> None:
    assert list(disagreements(project())) == []


def test_a_release_whose_parts_agree_can_be_published() -> None:
    assert list(disagreements(RELEASED, tag="v0.2.0", repository=ADDRESS)) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"version": "0.2.1"}, ["CHANGELOG.md", "CITATION.cff: `version`", "the tag is v0.2.0"]),
        ({"version": "0.2.0.dev0"}, ["under development", "CHANGELOG.md", "CITATION.cff", "the tag is v0.2.0"]),
        ({"changelog": CHANGELOG.replace("0.2.0", "Unreleased")}, ["CHANGELOG.md", "[0.2.0]"]),
        ({"changelog": CHANGELOG.replace("2027-03-01", "2027-03-02")}, ["`date-released` must be 2027-03-02"]),
        (
            {"citation": "cff-version: 1.2.0\nversion: 0.2.0\n"},
            ["`date-released` must be 2027-03-01", "`repository-code`"],
        ),
        ({"citation": RELEASED.citation.replace("0.2.0", "0.1.0")}, ["`version` must be 0.2.0"]),
        ({"labels": frozenset({"us-2028-01"})}, ["us-2028-01 has no entry"]),
        ({"urls": RELEASED.urls | {"Issues": "http://forge.example"}}, ["Issues is required"]),
        (
            {"urls": {}},
            [*(f"{link} is required" for link in LINKS), f"Repository must be {ADDRESS}", "`repository-code`"],
        ),
        (
            {"urls": RELEASED.urls | {"Repository": "https://forge.example/fork"}},
            [f"Repository must be {ADDRESS}", "`repository-code` must be https://forge.example/fork"],
        ),
    ],
)
def test_a_release_whose_parts_disagree_names_each(changed: dict[str, Any], named: list[str]) -> None:
    found = list(disagreements(RELEASED._replace(**changed), tag="v0.2.0", repository=ADDRESS))
    assert [part for part in named if not any(part in fault for fault in found)] == []
    assert len(found) <= len(named)


def test_another_tag_than_the_versions_is_refused() -> None:
    assert list(disagreements(RELEASED, tag="0.2.0", repository=ADDRESS)) == [
        "the tag is 0.2.0; for the version in pyproject.toml it must be v0.2.0"
    ]


def test_a_version_under_development_needs_its_section_and_no_citation_of_a_release() -> None:
    developed = RELEASED._replace(version="0.3.0.dev0", urls={})
    assert [fault.partition(":")[0] for fault in disagreements(developed)] == ["CHANGELOG.md", "CITATION.cff"]


# --- the changelog -------------------------------------------------------------------------------


def test_the_releases_of_a_changelog_are_read() -> None:
    assert [(section.name, section.day) for section in releases(CHANGELOG)] == [
        ("0.2.0", "2027-03-01"),
        ("0.1.0", "2027-01-31"),
    ]
    assert notes("## [Unreleased]\n\n### Added\n\n- Later.\n\n" + CHANGELOG) == (
        "### Added\n\n- Two.\n\n### Changed results\n\n- A date.\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[0.1.0] - 2027-01-31", "0.1.0 (2027-01-31)", "is headed"),
        ("[0.1.0] - 2027-01-31", "[0.1.0]", "[0.1.0]: the heading needs its date"),
        ("2027-01-31", "2027-02-30", "[0.1.0]: the heading needs its date"),
        ("[0.1.0]", "[0.2.0]", "once each, the newest first"),
        ("[0.1.0]", "[0.10.0]", "once each, the newest first"),
        ("### Changed results", "### Results", "[0.2.0]: sections must be"),
        ("### Changed results", "### Added", "[0.2.0]: sections must be"),
        ("### Added\n\n- Two.", "### Changed results\n\n- Two.\n\n### Added", "[0.2.0]: sections must be"),
    ],
)
def test_another_form_of_changelog_is_reported(old: str, new: str, named: str) -> None:
    assert list(faults_of_form(CHANGELOG)) == []
    assert [fault for fault in faults_of_form(CHANGELOG.replace(old, new, 1)) if named in fault] != []


# --- the README on the package index -------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("[a](docs/a.md)", f"[a]({ADDRESS}/blob/v1.0/docs/a.md)"),
        ("[a](./docs/a.md#b)", f"[a]({ADDRESS}/blob/v1.0/docs/a.md#b)"),
        ("![a](docs/a.png)", f"![a]({ADDRESS}/raw/v1.0/docs/a.png)"),
        ("[![a](a.svg)](LICENSE)", f"[![a]({ADDRESS}/raw/v1.0/a.svg)]({ADDRESS}/blob/v1.0/LICENSE)"),
        ('<img src="docs/a.png" alt="a">', f'<img src="{ADDRESS}/raw/v1.0/docs/a.png" alt="a">'),
        ("[a]: docs/a.md", f"[a]: {ADDRESS}/blob/v1.0/docs/a.md"),
        ("[a](https://example.org/b)", "[a](https://example.org/b)"),
        ("[a](mailto:a@example.org)", "[a](mailto:a@example.org)"),
        ("[a](#licence)", "[a](#licence)"),
        ("```\n[a](docs/a.md)\n```", "```\n[a](docs/a.md)\n```"),
        ("plan(2027) [1](2)", f"plan(2027) [1]({ADDRESS}/blob/v1.0/2)"),
    ],
)
def test_relative_links_become_absolute_and_no_others(written: str, shown: str) -> None:
    assert builder().with_absolute_links(written, repository=f"{ADDRESS}/", version="1.0") == shown


def test_a_version_under_development_links_to_the_default_branch() -> None:
    shown = builder().with_absolute_links("[a](docs/a.md)", repository=ADDRESS, version="1.0.dev0")
    assert shown == f"[a]({ADDRESS}/blob/HEAD/docs/a.md)"


@pytest.mark.parametrize(
    ("urls", "shown"),
    [({}, "See [a](docs/a.md).\n"), ({"Repository": ADDRESS}, f"See [a]({ADDRESS}/blob/v1.0/docs/a.md).\n")],
)
def test_the_description_is_built_from_the_readme(tmp_path: Path, urls: dict[str, str], shown: str) -> None:
    (tmp_path / "README.md").write_text("See [a](docs/a.md).\n", encoding="utf-8")
    metadata: dict[str, Any] = {"version": "1.0", "urls": urls}
    builder().ReadmeHook(str(tmp_path), {}).update(metadata)
    assert metadata["readme"] == {"content-type": "text/markdown", "text": shown}


def test_each_file_that_the_readme_links_to_exists() -> None:
    links = builder().relative_links((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link.partition("#")[0]).exists()] == []


# --- bills of materials and licences -------------------------------------------------------------


def bill(extra: str) -> dict[str, Any]:
    """Return a bill of materials that has what an extra needs."""
    components = [{"name": name, "licenses": [{"license": {"id": "MIT"}}]} for name in sorted(requirements(extra))]
    return {"metadata": {"component": {"name": "lemtrada_schedule"}}, "components": components}


@pytest.mark.parametrize("extra", ["core", *extras()])
def test_a_complete_bill_of_materials_has_no_fault(extra: str) -> None:
    assert list(faults_of_bom(bill(extra), extra)) == []


def test_the_core_needs_four_packages() -> None:
    assert requirements("core") == {"holidays", "pydantic", "python-dateutil", "tzdata"}


@pytest.mark.parametrize(
    ("part", "value", "named"),
    [
        ("name", "Other", "core: holidays is not in the bill of materials"),
        ("licenses", [], "core: the licence of holidays is not permitted: none"),
        ("licenses", [{"license": {"id": "GPL-3.0-only"}}], "core: the licence of holidays is not permitted: GPL"),
        ("licenses", [{"expression": "MIT AND LicenseRef-X"}], "core: the licence of holidays is not permitted: L"),
        ("purl", "file:///home/somebody/holidays.whl", "core: the bill of materials names a path on this machine"),
    ],
)
def test_a_faulty_bill_of_materials_is_reported(part: str, value: object, named: str) -> None:
    faulty = bill("core")
    faulty["components"][0][part] = value
    (fault,) = faults_of_bom(faulty, "core")
    assert fault.startswith(named)


def test_a_bill_of_materials_of_something_else_is_reported() -> None:
    other = bill("core") | {"metadata": {}}
    assert list(faults_of_bom(other, "core")) == ["core: the bill of materials is not that of lemtrada_schedule"]


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ([{"license": {"id": "MIT"}}], {"MIT"}),
        ([{"expression": "(Apache-2.0 OR BSD-3-Clause)"}], {"Apache-2.0", "BSD-3-Clause"}),
        ([{"license": {"name": "License :: OSI Approved :: BSD License"}}], {"BSD-3-Clause"}),
        ([{"license": {"name": "see the file"}}], {"see the file"}),
        ([], set()),
    ],
)
def test_licences_are_read(stated: list[dict[str, Any]], found: set[str]) -> None:
    assert licences({"licenses": stated}) == found


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield package, part (`core` or an extra) and licence of each row of the page on dependencies."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    yield from re.findall(r"^\| ([a-z-]+) \| ([a-z, ]+) \| ([\w.-]+) \|", text, flags=re.MULTILINE)


@pytest.mark.parametrize("part", ["core", *extras()])
def test_the_page_lists_every_required_package(part: str) -> None:
    listed = {name for name, parts, _ in rows() if part in re.findall(r"\w+", parts)}
    assert listed == (requirements("core") if part == "core" else requirements(part) - requirements("core"))


@pytest.mark.parametrize(("name", "licence"), [(name, licence) for name, _, licence in rows()])
def test_the_page_states_the_licence_that_the_package_states(name: str, licence: str) -> None:
    assert licence in PERMITTED
    try:
        metadata = importlib.metadata.metadata(canonicalize_name(name))
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    fields = ("License-Expression", "License", "Classifier")
    stated = [text for field in fields for text in metadata.get_all(field) or []]
    named = [{"expression": text} if "::" not in text else {"license": {"name": text}} for text in stated]
    assert licence in licences({"licenses": named})


# --- the files of the repository -----------------------------------------------------------------


def test_each_document_that_is_checked_by_a_schema_exists() -> None:
    found = documents()
    assert [path for path in found if not path.is_file()] == []
    assert {path.suffix for path in found} == {".cff", ".yml"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_each_action_is_pinned_to_a_commit(workflow: Path) -> None:
    used = re.findall(r"uses: (.*)", workflow.read_text(encoding="utf-8"))
    assert used
    assert [line for line in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_no_workflow_has_a_secret_or_more_rights_than_it_needs(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "\npermissions: {}\n" in text


def jobs() -> dict[str, str]:
    """Return the text of each job of the release workflow."""
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    names = re.findall(r"^  (\w+):\n    name:", text, flags=re.MULTILINE)
    return dict(zip(names, re.split(r"^  \w+:\n(?=    name:)", text, flags=re.MULTILINE)[1:], strict=True))


def test_each_job_of_a_release_has_exactly_its_rights() -> None:
    found = {
        name: re.findall(r"^      ([\w-]+: (?:read|write)) #", text, re.MULTILINE) for name, text in jobs().items()
    }
    assert found == {
        "test": ["contents: read"],
        "build": ["contents: read"],
        "publish": ["id-token: write"],
        "attest": ["attestations: write", "id-token: write"],
        "page": ["contents: write"],
    }


def test_a_release_is_uploaded_by_trusted_publishing_after_its_tests_and_a_review() -> None:
    publish = jobs()["publish"]
    assert "    needs: [test, build]\n" in publish
    assert "    environment: release " in publish
    assert "          attestations: true\n" in publish
    assert "password" not in publish
    assert "run:" not in publish


def test_the_release_workflow_and_ci_take_the_same_steps() -> None:
    assert ".ci/release --tag " in jobs()["build"]
    assert ".ci/release --dry-run " in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "      - run: .ci/run\n" in jobs()["test"]


def test_the_classifiers_name_the_pythons_that_are_tested() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    named = r"^step .*(?: other_python |on Python )(3\.\d+)(?:\"|$).*$"
    tested = ["3.11", *sorted(re.findall(named, script, flags=re.MULTILINE))]
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["classifiers"]
    assert [name.rpartition(" ")[2] for name in classifiers if re.search(r":: 3\.\d+$", name)] == tested


@pytest.mark.parametrize(
    ("message", "accepted"),
    [
        ("fix(planning): keep the visits of a plan", True),
        ("docs: rewrite the changelog in plain English\n\nIt was hard to read.\n", True),
        ("Merge branch 'release'", True),
        ("Keep the visits of a plan", False),
        ("fix(planning):keep", False),
        ("chore: tidy", False),
        ("docs: " + "x" * 67, False),
        ("docs: " + "x" * 66, True),
    ],
)
def test_the_commit_hook_knows_the_form_of_messages(message: str, *, accepted: bool) -> None:
    """pre-commit searches with these flags, and by `--negate` refuses a message without a match."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    (entry,) = re.findall(r"entry: '(.*)'\n\s+language: pygrep", hooks)
    assert bool(re.search(entry, message, flags=re.MULTILINE | re.DOTALL)) == accepted


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda path: path.stem
)
def test_each_issue_form_asks_for_no_data_of_patients(form: Path) -> None:
    text = form.read_text(encoding="utf-8")
    confirmation = text.partition("  - type: checkboxes\n")[2]
    assert "patient" in confirmation
    assert confirmation.endswith("          required: true\n")
