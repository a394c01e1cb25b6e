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
  registry.add(problemSchema, { id: 'Problem' });
  registry.add(redirectSchema, { id: 'Redirection' });
  return registry;
}

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
          'with a machine-readable `code`.',
        version,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      // Whoever reaches the port may ask; what a lease is, its token proves.
      security: [],
    },
    transform: createJsonSchemaTransform({ schemaRegistry }),
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
}

interface OpenApiDocument {
  paths?: Record<string, Record<string, { responses?: Record<string, object> }>>;
  components?: { schemas?: Record<string, unknown> };
}

/** The OpenAPI document as JSON text. */
export function describeOpenApi(app: FastifyInstance): string {
  const document = app.swagger() as OpenApiDocument;
  describeRedirections(document);
  const paths = JSON.stringify(document.paths);
  const schemas = Object.entries(document.components?.schemas ?? {}).filter(([name]) =>
    paths.includes(`"#/components/schemas/${name}"`),
  );
  return JSON.stringify({ ...document, components: { schemas: Object.fromEntries(schemas) } });
}

/** Adds the header of every redirection: the schemas of the routes can only say bodies. */
function describeRedirections({ paths = {} }: OpenApiDocument): void {
  const location = {
    description: 'Where to send the request.',
    schema: { type: 'string', format: 'uri' },
  };
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    const redirection = operation.responses?.['307'];
    if (redirection) Object.assign(redirection, { headers: { location } });
  }
}
