"""A clinic's service for treatment plans: clinics, patients, plans, records, a worklist, calendar feeds, CDS Hooks.

Start it from the folder that holds `examples/`:

    uv run --no-default-groups --group service uvicorn examples.clinic_service.app:app --no-access-log

It stores everything in the file `clinic.db`, or in the database that `CLINIC_SERVICE_DATABASE` names.
`docs/build-a-clinic-service.md` explains it step by step.

The service has no login of its own: run it on the loopback address, behind yours. Access logs are off because the
address of a feed is a secret.
"""
