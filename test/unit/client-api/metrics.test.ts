import { Agent } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  call,
  checkoutBody,
  makeIdentity,
  serverId,
  startApi,
  type RunningApi,
} from './api-fixture.ts';

let running: RunningApi;
beforeAll(async () => {
  running = await startApi(await makeIdentity());
});
afterAll(() => running.api.close());

describe('metrics', () => {
  test('tell of the licences, the ledger, the requests and the process', async () => {
    await call(running.api, 'POST', '/v1/leases', { body: checkoutBody });
    await call(running.api, 'POST', '/v1/leases', { body: {} });
    await call(running.api, 'GET', '/no/such/path');
    const answer = await call(running.api, 'GET', '/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const cad = `ledger="${serverId}",license="acme-cad-1",product="acme \\"x\\"",feature="cad"`;
    for (const line of [
      `understudy_license_units{${cad}} 5`,
      `understudy_license_units_in_use{${cad}} 2`,
      `understudy_license_units_borrowed{${cad}} 1`,
      `understudy_license_denials_total{${cad}} 7`,
      `understudy_license_expiry_timestamp_seconds{${cad}} 1800000000`,
      'understudy_leases 2',
      'understudy_serving 1',
      'understudy_ready 0',
      `understudy_ledger_role{ledger="${serverId}",role="active"} 1`,
      `understudy_ledger_role{ledger="${serverId}",role="standby"} 0`,
      `understudy_ledger_role{ledger="${serverId}",role="catching-up"} 0`,
      `understudy_ledger_synchronised{ledger="${serverId}"} 1`,
      `understudy_ledger_members{ledger="${serverId}"} 2`,
      `understudy_ledger_members_connected{ledger="${serverId}"} 1`,
      `understudy_ledger_term{ledger="${serverId}"} 4`,
      `understudy_ledger_overdraft_units{ledger="${serverId}"} 3`,
      `understudy_ledger_takeovers_total{ledger="${serverId}"} 2`,
      'understudy_commits_total 11',
      'understudy_commit_seconds_total 0.5',
      'understudy_commit_failures_total 1',
      'understudy_changes_total 42',
      'understudy_connections 1',
      'understudy_http_requests_total{method="POST",route="/v1/leases",status="201"} 1',
      'understudy_http_requests_total{method="POST",route="/v1/leases",status="400"} 1',
      'understudy_http_requests_total{method="other",route="unknown",status="404"} 1',
      'understudy_http_request_duration_seconds_count{method="POST",route="/v1/leases"} 2',
    ]) {
      expect(answer.text.split('\n')).toContain(line);
    }
    expect(answer.text).not.toMatch(/expiry_timestamp_seconds\{[^}]*license="acme-pdm-1"/);
    expect(answer.text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(answer.text).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });

  test('are named by the rules of Prometheus', async () => {
    const { text } = await call(running.api, 'GET', '/metrics');
    const kinds = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', kind = '']) => {
      return { name, kind };
    });
    expect(kinds.length).toBeGreaterThan(30);
    const isCounted = ({ name }: { name: string }) => name.endsWith('_total');
    expect(kinds.filter((one) => isCounted(one) !== (one.kind === 'counter'))).toEqual([]);
    expect(kinds.filter(({ name }) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([]);
    expect(
      kinds.filter(({ name }) => /_(count|sum|bucket|info_\w+|ms|milliseconds)$/.test(name)),
    ).toEqual([]);
    expect(kinds.filter(({ name }) => !text.includes(`# HELP ${name} `))).toEqual([]);
  });

  test('tell how long the main thread answered nobody', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const readLagSeconds = async () => {
      const { text } = await call(running.api, 'GET', '/metrics', { agent });
      return Number(/^understudy_event_loop_lag_max_seconds (\S+)$/m.exec(text)?.[1]);
    };
    // Samples come every 100 ms: one before the stall and one after it, with room for a busy machine.
    await vi.waitFor(
      async () => {
        await readLagSeconds();
        await setTimeout(250);
        const endMs = performance.now() + 400;
        while (performance.now() < endMs);
        await setTimeout(250);
        const lagSeconds = await readLagSeconds();
        expect(lagSeconds).toBeGreaterThan(0.25);
        expect(lagSeconds).toBeLessThan(60);
      },
      { timeout: 10_000 },
    );
    agent.destroy();
  });

  test('a licence and a ledger that were removed are no longer told', async () => {
    const { figures } = await import('./api-fixture.ts');
    const licenses = figures.licenses.splice(0);
    const ledgers = figures.ledgers.splice(0);
    const answer = await call(running.api, 'GET', '/metrics');
    figures.licenses.push(...licenses);
    figures.ledgers.push(...ledgers);
    expect(answer.text).not.toMatch(/^understudy_(license|ledger)_\w+\{/m);
  });
});

interface Operation {
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, unknown> };
  responses: Record<
    string,
    { content?: Record<string, unknown>; headers?: Record<string, unknown> }
  >;
}

describe('OpenAPI', () => {
  test('describes every route with its answers and problems, all references resolved', async () => {
    const { text } = await call(running.api, 'GET', '/openapi.json');
    const document = JSON.parse(text) as {
      openapi: string;
      info: { license?: { name: string; identifier: string } };
      security?: unknown[];
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, { required: string[] }> };
    };
    expect(document.openapi).toBe('3.1.0');
    // What linters of such documents ask for.
    expect(document.info.license).toEqual({ name: 'MIT', identifier: 'MIT' });
    expect(document.security).toEqual([]);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(operations.sort()).toEqual([
      'delete /v1/leases/{id}',
      'get /healthz',
      'get /metrics',
      'get /v1/licenses',
      'get /v1/servers',
      'post /v1/borrow-requests',
      'post /v1/borrow-returns',
      'post /v1/leases',
      'post /v1/leases/{id}/renew',
    ]);
    const checkout = document.paths['/v1/leases']?.post;
    expect(Object.keys(checkout?.responses ?? {})).toEqual([
      '200',
      '201',
      '307',
      '400',
      '403',
      '404',
      '405',
      '408',
      '409',
      '413',
      '415',
      '429',
      '431',
      '503',
    ]);
    expect(checkout?.responses['409']?.content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    });
    expect(Object.keys(checkout?.responses['307']?.headers ?? {})).toEqual(['location']);
    for (const path of ['/v1/leases', '/v1/leases/{id}/renew']) {
      const token = document.paths[path]?.post?.parameters?.find(
        ({ in: place }) => place === 'header',
      );
      expect(token).toMatchObject({ name: 'understudy-token', in: 'header' });
      expect(token?.required ?? false).toBe(false);
    }
    expect(document.components.schemas.Problem?.required).toContain('code');
    const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(new Set(references)).toEqual(new Set(Object.keys(document.components.schemas)));
  });
});
