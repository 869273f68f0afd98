"""Decide whether a FHIR resource is about LEMTRADA, about another medicine, or neither is proved (S36).

Only codes prove a medicine. The codes of LEMTRADA are listed here or passed by the caller. Another medicine is proved
by a code of RxNorm, ATC, NDC or HCPCS with a display or text that does not name alemtuzumab.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast

from lemtrada_schedule.errors import InvalidInput, kind_of, shape_of
from lemtrada_schedule.readers.fhir.parts import Concept, concept, part, parts, text
from lemtrada_schedule.readers.fhir.releases import R4, Release, of_another_release
from lemtrada_schedule.validation.arguments import refused, refused_argument

__all__ = ["Known", "Medicine", "checked_codes", "medicine_of_administration", "medicine_of_resource"]

RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"

ATC: Final = "http://www.whocc.no/atc"

NDC: Final = "http://hl7.org/fhir/sid/ndc"

HCPCS: Final = (
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "urn:oid:2.16.840.1.113883.6.285",
)
"""One terminology, under the three names that FHIR files use."""

INGREDIENT: Final = "117055"
"""RxNorm, alemtuzumab: the substance of LEMTRADA and of Campath."""

LEMTRADA: Final[dict[str, tuple[str, ...]]] = {
    RXNORM: ("1594657", "1594658", "1594659", "1594660", "1594663", "1656637"),
    ATC: ("L04AA34", "L04AG06"),  # the first is in records from before 2024
    **dict.fromkeys(HCPCS, ("J0202",)),
}

LEMTRADA_NDC: Final = ("58468", "0200")
"""Labeler and product; all their packages are LEMTRADA."""

CAMPATH: Final = ("284679", "828265", "828267", "1656628")
"""RxNorm: the same substance under another brand, for another disease, in other doses."""

KNOWN_SYSTEMS: Final = frozenset({RXNORM, ATC, NDC, *HCPCS})

_NAMES: Final = re.compile(r"alemtuzumab|lemtrada")

_CAMPATH_NAME: Final = re.compile(r"campath")

_NO_NAME: Final = re.compile(r"unclassified|unspecified|not otherwise (?:classified|specified)")

_FORMS: Final = {
    RXNORM: re.compile(r"[1-9][0-9]*"),
    ATC: re.compile(r"[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?"),
    **dict.fromkeys(HCPCS, re.compile(r"[A-Z][0-9]{4}")),
}
"""The format of the codes of each terminology. A code in another format, such as `j0202`, proves nothing."""

_HYPHENED: Final = re.compile(r"([0-9]{4,5})-([0-9]{3,4})(?:-[0-9]{1,2})?")

_SHORT_PRODUCT: Final = re.compile(r"58468200[0-9]{2}")
"""LEMTRADA's labeler and product as 5 and 3 digits, with the package; as 5 and 4 digits it is another product."""

_DIGITS: Final = re.compile(r"([0-9]{5})([0-9]{4})[0-9]{0,2}")

Known = Literal["lemtrada", "other", "unknown"]
"""What is known about a medicine: LEMTRADA, another one, or unknown."""


@dataclass(frozen=True, slots=True, repr=False)
class Medicine:
    """What a resource says about its medicine."""

    known: Known
    names: bool = False
    """Whether a display, a text or an ingredient names alemtuzumab or LEMTRADA."""
    reference: str | None = None
    """The reference to the Medication that decides; `known` is then `unknown`."""
    ingredients: tuple[str, ...] = ()
    """References to ingredients, which may also name alemtuzumab."""
    beside: Known | None = None
    """What the concept beside a reference proves, in R5; `None` if there is none. Both must prove the same."""


def checked_codes(codes: object) -> frozenset[tuple[str, str]]:
    """Return the caller's codings for LEMTRADA, as system and code."""
    if type(codes) not in (list, tuple, set, frozenset):
        raise refused_argument("wrong-type", "lemtrada_codes", f"expected a list of system|code, got {kind_of(codes)}")
    return frozenset(_checked_code(code) for code in cast("Iterable[object]", codes))


def _checked_code(code: object) -> tuple[str, str]:
    if type(code) is not str:
        raise refused_argument(
            "wrong-type", "lemtrada_codes", f"expected a list of system|code, got {kind_of(code)} in it"
        )
    system, bar, own = code.partition("|")
    if not bar or not system or not own or system != system.strip() or own != own.strip():
        message = f"expected a coding as system|code, such as {NDC}|58468-0200-01, got {shape_of(code)}"
        raise refused_argument("terminology", "lemtrada_codes", message)
    return system, own


def medicine_of_administration(resource: dict[str, Any], own: frozenset[tuple[str, str]], release: Release) -> Medicine:
    """Return the medicine of a MedicationAdministration.

    R4 has two elements, of which one is given. R5 has one, with a concept, a reference, or both; both then have to
    prove the same.

    Args:
        resource: The MedicationAdministration.
        own: The caller's codings for LEMTRADA.
        release: The release of FHIR that it is read as.

    Raises:
        InvalidInput: It has no medicine, both of R4's elements, or an element of a wrong type.
    """
    holder, prefix, forms = resource, "", ("medicationCodeableConcept", "medicationReference")
    if release is not R4:
        holder, prefix, forms = part(resource, "medication", "medication"), "medication.", ("concept", "reference")
    given = [form for form in forms if holder.get(form) is not None]
    if release is R4 and len(given) != 1:
        message = "expected either medicationCodeableConcept or medicationReference; give exactly one of them"
        raise refused("medicine-not-told", "medication[x]", message)
    if not given:
        raise refused("medicine-not-told", "medication", "expected a medication with a concept or a reference; add one")
    of_concept, of_reference = forms
    judged = _judged(concept(holder, of_concept, prefix + of_concept), own) if of_concept in given else None
    if of_reference not in given:
        return judged or Medicine("unknown")
    place = prefix + of_reference
    found = _referred(resource, part(holder, of_reference, place), place, own, release)
    return replace(found, names=found.names or judged.names, beside=judged.known) if judged else found


def _referred(
    resource: dict[str, Any], reference: dict[str, Any], place: str, own: frozenset[tuple[str, str]], release: Release
) -> Medicine:
    """Return the medicine that a reference of an administration leads to, if that is known already."""
    names = _is_named([text(reference, "display", f"{place}.display") or ""])
    target = text(reference, "reference", f"{place}.reference")
    if target is None:
        return Medicine("unknown", names)
    if not target.startswith("#"):
        return Medicine("unknown", names, reference=target)
    held = _contained(resource, target)
    if held is None or held.get("resourceType") != "Medication":
        return Medicine("unknown", names)
    inner = medicine_of_resource(held, own, release, resource)
    known: Known = "unknown" if names and inner.known == "other" else inner.known
    return Medicine(known, names or inner.names, ingredients=inner.ingredients)


def medicine_of_resource(
    resource: dict[str, Any], own: frozenset[tuple[str, str]], release: Release, holder: dict[str, Any] | None = None
) -> Medicine:
    """Return the medicine of a Medication or a Substance.

    Args:
        resource: The Medication or Substance.
        own: The caller's codings for LEMTRADA.
        release: The release of FHIR that it is read as.
        holder: The resource that contains it, if one does.

    Raises:
        InvalidInput: An element has a wrong type, or is of another release.
    """
    if resource.get("status") == "entered-in-error":
        return Medicine("unknown")
    is_substance = resource.get("resourceType") == "Substance"
    names, references = False, list[str]()
    if is_substance:  # R5 has a concept in its code; the other form is read below, whatever the release
        names = _judged(concept(part(resource, "code", "code"), "concept", "code.concept"), own).names
    else:
        _check_release(resource, "Medication", release)
    for item in parts(resource, "ingredient", "ingredient"):
        if is_substance:
            given, forms, place = item, ("substanceCodeableConcept", "substanceReference"), "ingredient"
        else:
            _check_release(item, "ingredient", release)
            given, forms, place = _item(item, release)
        of_concept, of_reference = forms
        names |= _names_substance(concept(given, of_concept, f"{place}.{of_concept}"))
        place = f"{place}.{of_reference}"
        reference = part(given, of_reference, place)
        names |= _is_named([text(reference, "display", f"{place}.display") or ""])
        target = text(reference, "reference", f"{place}.reference")
        if target is not None and target.startswith("#"):
            held = _contained(holder or resource, target)
            names |= held is not None and _names_its_code(held)
        elif target is not None:
            references.append(target)
    judged = _judged(concept(resource, "code", "code"), own)
    known: Known = "unknown" if names and judged.known == "other" else judged.known
    return Medicine(known, names or judged.names, ingredients=tuple(references))


def _item(ingredient: dict[str, Any], release: Release) -> tuple[dict[str, Any], tuple[str, str], str]:
    """Return what holds the concept and the reference of an ingredient, their elements, and its place."""
    if release is R4:
        return ingredient, ("itemCodeableConcept", "itemReference"), "ingredient"
    return part(ingredient, "item", "ingredient.item"), ("concept", "reference"), "ingredient.item"


def _check_release(given: dict[str, Any], kind: str, release: Release) -> None:
    if wrong := of_another_release(given, kind, release):
        raise InvalidInput([wrong])


def _names_its_code(resource: dict[str, Any]) -> bool:
    """Return whether the code of a contained ingredient is alemtuzumab.

    It can only cast doubt on another medicine, so both forms of a Substance's code are read, whatever the release.
    """
    code = part(resource, "code", "code")
    return any(map(_names_substance, (concept(resource, "code", "code"), concept(code, "concept", "code.concept"))))


def _contained(holder: dict[str, Any], target: str) -> dict[str, Any] | None:
    """Return the contained resource of a reference such as `#med`; `None` unless there is exactly one."""
    found = [held for held in parts(holder, "contained", "contained") if held.get("id") == target[1:]]
    return found[0] if len(found) == 1 else None


def _judged(given: Concept, own: frozenset[tuple[str, str]]) -> Medicine:
    if any(coding in own for coding in given.codings):
        return Medicine("lemtrada", names=True)
    if any(_is_lemtrada(system, code) for system, code in given.codings):
        return Medicine("unknown" if _is_contradicted(given) else "lemtrada", names=True)
    named = _is_named(given.words) or (RXNORM, INGREDIENT) in given.codings
    proved = any(_is_another(system, code, any_system=bool(own)) for system, code in given.codings)
    if proved and given.words and not named and not _finds(_NO_NAME, given.words):
        return Medicine("other")
    return Medicine("unknown", names=named)


def _is_contradicted(given: Concept) -> bool:
    """Return whether a concept with a code of LEMTRADA also says that it is another medicine.

    All its codings should mean the same medicine. They do not if one of them is a code of Campath, or the code of
    another medicine with a display that names it, or if a text says Campath.
    """
    for (system, code), display in zip(given.codings, given.displays, strict=True):
        if _is_lemtrada(system, code):
            continue
        if system == RXNORM and code in CAMPATH:
            return True
        words = (display,) if display and display.strip() else ()
        names_other = words and not _is_named(words) and not _finds(_NO_NAME, words)
        if names_other and code != INGREDIENT and _is_another(system, code, any_system=False):
            return True
    return _finds(_CAMPATH_NAME, given.words)


def _is_named(words: Iterable[str]) -> bool:
    return _finds(_NAMES, words)


def _finds(pattern: re.Pattern[str], words: Iterable[str]) -> bool:
    """Return whether a lower-case pattern is in the words, ignoring case, width and invisible characters."""
    plain = (unicodedata.normalize("NFKC", word).casefold() for word in words)
    return any(pattern.search("".join(c for c in word if unicodedata.category(c) != "Cf")) for word in plain)


def _names_substance(given: Concept) -> bool:
    """Return whether an ingredient is alemtuzumab, by its words or by its code."""
    return _is_named(given.words) or any(
        _is_lemtrada(system, code) or (system == RXNORM and code in (INGREDIENT, *CAMPATH))
        for system, code in given.codings
    )


def _is_lemtrada(system: str | None, code: str) -> bool:
    if system == NDC:
        return _ndc_product(code) == LEMTRADA_NDC
    return code in LEMTRADA.get(system or "", ())


def _is_another(system: str | None, code: str, *, any_system: bool) -> bool:
    """Return whether a code that is not a code of LEMTRADA proves another medicine."""
    if system in _FORMS and not _FORMS[system].fullmatch(code):
        return False
    if system == ATC:  # a class that includes alemtuzumab, such as L04A, proves nothing
        return not any(own.startswith(code) for own in LEMTRADA[ATC])
    if system == NDC:  # ten digits without hyphens are ambiguous
        return _ndc_product(code) is not None and not _SHORT_PRODUCT.fullmatch(code)
    return system in KNOWN_SYSTEMS or any_system


def _ndc_product(code: str) -> tuple[str, str] | None:
    """Return labeler and product of an NDC as 5 and 4 digits; `None` if the format is unknown.

    With hyphens: 4-4, 5-3 and 5-4, with or without the package. Without: 9 digits, or 10 and 11 with the package.
    """
    found = _HYPHENED.fullmatch(code) or _DIGITS.fullmatch(code)
    return (found[1].zfill(5), found[2].zfill(4)) if found else None
