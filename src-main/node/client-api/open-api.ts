import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  checkoutRequestSchema,
  healthAnswerSchema,
  leaseAnswerSchema,
  licensesAnswerSchema,
  serversAnswerSchema,
  tokenClaimsSchema,
} from '../../../src-shared/contract/client-api.ts';
import { problemSchema, redirectSchema } from '../../../src-shared/contract/problem.ts';

/** Schemas that the document names, so that generated clients have readable types. */
function nameSchemas() {
  const registry = z.registry<{ id: string }>();
  registry.add(checkoutRequestSchema, { id: 'Checkout' });
  registry.add(leaseAnswerSchema, { id: 'LeaseAnswer' });
  registry.add(licensesAnswerSchema, { id: 'LicensesAnswer' });
  registry.add(serversAnswerSchema, { id: 'ServersAnswer' });
  registry.add(healthAnswerSchema, { id: 'HealthAnswer' });
  registry.add(tokenClaimsSchema, { id: 'TokenClaims' });
  registry.add(problemSchema, { id: 'Problem' });
  registry.add(redirectSchema, { id: 'Redirection' });
  return registry;
}

/** What schemas say of themselves is in zod's own registry, beside that of the names. */
const zodToJsonConfig = {
  override: ({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: object }) => {
    const description = z.globalRegistry.get(zodSchema)?.description;
    if (description !== undefined) Object.assign(jsonSchema, { description });
  },
};

/** Collects the schemas of the routes that are registered after this. */
export async function registerOpenApi(app: FastifyInstance, version: string): Promise<void> {
  const schemaRegistry = nameSchemas();
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Understudy client API',
        description:
          'Floating licences: check out, renew and return leases. Errors are RFC 9457 problems ' +
          'with a machine-readable `code`. TLS with the key of the server itself, which clients ' +
          'pin. Within /v1 answers only gain fields, codes and statuses: a client passes over what ' +
          'it does not know.',
        version,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The server that this came from.' }],
      tags: [
        { name: 'leases', description: 'For applications.' },
        { name: 'servers', description: 'For load balancers and monitoring.' },
      ],
      // Whoever reaches the port may ask; what a lease is, its token proves.
      security: [],
    },
    transform: createJsonSchemaTransform({ schemaRegistry, zodToJsonConfig }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry, zodToJsonConfig }),
  });
}

/** What `Checkout` is called in the document: its defaults may be left out. */
const requestName = 'CheckoutInput';

interface Schema {
  properties?: Record<string, Record<string, unknown>>;
}

interface OpenApiDocument {
  paths?: Record<string, Record<string, { responses?: Record<string, object> }>>;
  components?: { schemas?: Record<string, Schema> };
}

/** The OpenAPI document as JSON text. */
export function describeOpenApi(app: FastifyInstance): string {
  const document = app.swagger() as OpenApiDocument;
  describeHeaders(document);
  const schemas = document.components?.schemas ?? {};
  describeToken(schemas);
  for (const [name, schema] of Object.entries(schemas)) if (name !== requestName) open(schema);
  const paths = JSON.stringify(document.paths);
  const named = Object.entries(schemas).filter(
    ([name]) => name === 'TokenClaims' || paths.includes(`"#/components/schemas/${name}"`),
  );
  return JSON.stringify({ ...document, components: { schemas: Object.fromEntries(named) } });
}

/** What a token holds, which is text in the answer. */
function describeToken({ LeaseAnswer: answer }: Record<string, Schema>): void {
  const contentSchema = { $ref: '#/components/schemas/TokenClaims' };
  const { token } = answer?.properties ?? {};
  if (token) Object.assign(token, { contentMediaType: 'application/jwt', contentSchema });
}

/** A request with an unknown field is refused; answers may gain fields. */
function open(schema: object): void {
  if (Reflect.get(schema, 'additionalProperties') === false) {
    Reflect.deleteProperty(schema, 'additionalProperties');
  }
  for (const part of Object.values(schema)) {
    if (typeof part === 'object' && part !== null) open(part as object);
  }
}

const headersOf: Readonly<Record<string, object>> = {
  307: {
    location: {
      description: 'Where to send the request.',
      schema: { type: 'string', format: 'uri' },
    },
  },
  405: { allow: { description: 'The methods that are.', schema: { type: 'string' } } },
  429: retryAfter(),
  503: retryAfter(),
};

function retryAfter() {
  const schema = { type: 'integer', minimum: 1 };
  return { 'retry-after': { description: 'Seconds to wait before the next try.', schema } };
}

/** Adds the headers of the answers: the schemas of the routes can only say bodies. */
function describeHeaders({ paths = {} }: OpenApiDocument): void {
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    for (const [status, headers] of Object.entries(headersOf)) {
      const response = operation.responses?.[status];
      if (response) Object.assign(response, { headers });
    }
  }
}
