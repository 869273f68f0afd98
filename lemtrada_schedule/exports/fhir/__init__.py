"""A plan and a protocol as FHIR R4 resources."""
