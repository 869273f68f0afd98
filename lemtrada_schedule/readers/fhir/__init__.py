"""Read records from FHIR: administrations, observations, medications, in Bundles and NDJSON."""
