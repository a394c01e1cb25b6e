import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeIdentity, call, startApi, type RunningApi } from './api-fixture.ts';

const responseSchema = z.looseObject({
  description: z.string(),
  headers: z.record(z.string(), z.looseObject({ description: z.string() })).optional(),
});
const operationSchema = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.string(), description: z.string().optional() }))
    .default([]),
  responses: z.record(z.string(), responseSchema),
});
const documentSchema = z.looseObject({
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

let running: RunningApi;
let document: z.output<typeof documentSchema>;
beforeAll(async () => {
  running = await startApi(await makeIdentity());
  const { text } = await call(running.api, 'GET', '/openapi.json');
  document = documentSchema.parse(JSON.parse(text));
});
afterAll(() => running.api.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method} ${path}`,
      operation,
    })),
  );

/** Every property in a schema, with the path to it. */
function propertiesOf(schema: unknown, path: string): { path: string; property: object }[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const properties: unknown = Reflect.get(schema, 'properties');
  const own =
    typeof properties === 'object' && properties !== null
      ? Object.entries(properties).map(([name, property]) => ({
          path: `${path}.${name}`,
          property: property as object,
        }))
      : [];
  const nested = Object.entries(schema).flatMap(([name, part]) =>
    propertiesOf(part, name === 'properties' ? path : `${path}.${name}`),
  );
  return [...own, ...nested];
}

function flatten(schema: unknown, key: string): unknown[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own: unknown = Reflect.get(schema, key);
  return [
    ...(own === undefined ? [] : [own]),
    ...Object.values(schema).flatMap((part) => flatten(part, key)),
  ];
}

describe('the OpenAPI document', () => {
  test('says of every operation, parameter, answer and field what it is', () => {
    const silent = operations().flatMap(({ name, operation }) => [
      ...operation.parameters
        .filter(({ description = '' }) => description === '')
        .map((parameter) => `${name} ${parameter.name}`),
      ...Object.entries(operation.responses)
        .filter(([, { description }]) => description === '')
        .map(([status]) => `${name} ${status}`),
    ]);
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      for (const { path, property } of propertiesOf(schema, name)) {
        if (!('description' in property)) silent.push(path);
      }
    }
    expect(silent).toEqual([]);
  });

  test('uses each name once, and only tags that it explains', () => {
    const names = operations().map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const { operation } of operations()) {
      expect(operation.tags.filter((tag) => !tags.has(tag))).toEqual([]);
    }
  });

  test('has Retry-After wherever a client is told to wait, and every status that there is', () => {
    for (const { name, operation } of operations()) {
      for (const status of ['429', '503']) {
        const response = operation.responses[status];
        if (response) expect(Object.keys(response.headers ?? {}), name).toEqual(['retry-after']);
      }
      expect(Object.keys(operation.responses), name).toEqual(
        expect.arrayContaining(['405', '408', '429', '431']),
      );
    }
  });

  test('closes requests to unknown fields and leaves answers open', () => {
    const { CheckoutInput: checkout, ...answers } = document.components.schemas;
    expect(flatten(checkout, 'additionalProperties')).toEqual([false, false]);
    expect(flatten(answers, 'additionalProperties')).not.toContain(false);
  });

  test('says what a token holds', () => {
    expect(document.components.schemas).toMatchObject({
      LeaseAnswer: {
        properties: {
          token: {
            contentMediaType: 'application/jwt',
            contentSchema: { $ref: '#/components/schemas/TokenClaims' },
          },
        },
      },
      TokenClaims: { properties: { nonce: {}, licenseHash: {}, holder: {} } },
    });
    const headers = operations().map(({ operation }) =>
      operation.parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name),
    );
    expect(headers.filter((names) => names.includes('understudy-token'))).toHaveLength(3);
    expect(headers.filter((names) => names.includes('understudy-nonce'))).toHaveLength(2);
  });
});
