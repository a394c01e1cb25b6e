import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Agent } from 'node:https';
import {
  healthAnswerSchema,
  leaseAnswerSchema,
  licensesAnswerSchema,
  serversAnswerSchema,
} from '../../../src-shared/contract/client-api.ts';
import {
  problemSchema,
  problemStatus,
  redirectSchema,
  type ProblemCode,
} from '../../../src-shared/contract/problem.ts';
import type { Identity } from '../../../src-main/node/identity/identity.ts';
import {
  call,
  checkoutBody,
  leaseAnswer,
  leaseId,
  makeIdentity,
  startApi,
  type RunningApi,
} from './api-fixture.ts';

let identity: Identity;
let running: RunningApi;
beforeAll(async () => {
  identity = await makeIdentity();
  running = await startApi(identity);
});
afterEach(() => {
  running.service.reply = { type: 'lease', created: true, answer: leaseAnswer };
  running.service.checkouts.length = 0;
  running.service.asked.length = 0;
  running.service.calls.length = 0;
});
afterAll(() => running.api.close());

describe('leases', () => {
  test('a checkout reaches the node with its defaults and its lease comes back with 201', async () => {
    const answer = await call(running.api, 'POST', '/v1/leases', { body: checkoutBody });
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(leaseAnswerSchema.parse(JSON.parse(answer.text))).toEqual(leaseAnswer);
    expect(running.service.checkouts).toEqual([{ ...checkoutBody, units: 1 }]);
  });

  test('a lease that the instance held already comes back with 200', async () => {
    running.service.reply = { type: 'lease', created: false, answer: leaseAnswer };
    const answer = await call(running.api, 'POST', '/v1/leases', { body: checkoutBody });
    expect(answer.status).toBe(200);
  });

  test.each([
    ['no body', {}],
    ['an empty body called JSON', { headers: { 'content-type': 'application/json' } }],
    ['a body that is not JSON', { raw: 'now', headers: { 'content-type': 'text/plain' } }],
    [
      'a form, as curl sends',
      { raw: '', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    ['broken JSON', { raw: '{', headers: { 'content-type': 'application/json' } }],
  ])('a renewal takes %s', async (_name, options) => {
    running.service.reply = { type: 'lease', created: false, answer: leaseAnswer };
    const answer = await call(running.api, 'POST', `/v1/leases/${leaseId}/renew`, options);
    expect(answer.status).toBe(200);
    expect(running.service.asked).toEqual([`renew ${leaseId}`]);
  });

  test('a return is answered with 204 and nothing else', async () => {
    running.service.reply = { type: 'ended' };
    const answer = await call(running.api, 'DELETE', `/v1/leases/${leaseId}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(running.service.asked).toEqual([`return ${leaseId}`]);
  });

  test.each(Object.entries(problemStatus))('a refusal %s is a problem %i', async (code, status) => {
    const detail = 'Return a seat and try again.';
    running.service.reply = { type: 'refused', code: code as ProblemCode, detail };
    const answer = await call(running.api, 'POST', '/v1/leases', { body: checkoutBody });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = problemSchema.parse(JSON.parse(answer.text));
    expect(problem).toMatchObject({ code, status, detail });
    expect(answer.headers['retry-after']).toBe(status === 503 || status === 429 ? '2' : undefined);
  });

  test.each([
    ['POST', '/v1/leases', { body: checkoutBody }],
    ['POST', `/v1/leases/${leaseId}/renew`, {}],
    ['DELETE', `/v1/leases/${leaseId}`, {}],
  ])('the newest token of the client goes along with %s %s', async (method, path, options) => {
    await call(running.api, method, path, options);
    await call(running.api, method, path, { ...options, headers: { 'Understudy-Token': 'a.b.c' } });
    await call(running.api, method, path, { ...options, headers: { 'Understudy-Token': '' } });
    expect(running.service.calls).toEqual(
      [null, 'a.b.c', null].map((token) => ({ token, cameBy: '127.0.0.1' })),
    );
  });

  test('what the token is to repeat reaches the node, and is refused when it is not that', async () => {
    const nonce = 'abcdefghijklmnop-_1234';
    const headers = { 'understudy-nonce': nonce };
    await call(running.api, 'POST', '/v1/leases', { body: checkoutBody, headers });
    await call(running.api, 'POST', `/v1/leases/${leaseId}/renew`, { headers });
    await call(running.api, 'POST', `/v1/leases/${leaseId}/renew`);
    const nonces = running.service.calls.map((came) => came.nonce);
    expect(nonces).toEqual([nonce, nonce, undefined]);
    for (const wrong of ['short', 'a'.repeat(65), 'not base64url at all']) {
      const refused = await call(running.api, 'POST', '/v1/leases', {
        body: checkoutBody,
        headers: { 'understudy-nonce': wrong },
      });
      expect(refused.status).toBe(400);
      const problem = problemSchema.parse(JSON.parse(refused.text));
      expect(problem).toMatchObject({ code: 'LS_BAD_REQUEST' });
      expect(problem.detail).toContain('understudy-nonce');
    }
  });

  test.each([
    ['POST', '/v1/leases', { body: checkoutBody }],
    ['POST', `/v1/leases/${leaseId}/renew`, {}],
    ['DELETE', `/v1/leases/${leaseId}?from=here`, {}],
  ])('%s %s is sent on to the server that serves', async (method, path, options) => {
    running.service.reply = {
      type: 'redirect',
      urls: ['https://srv-b:7470', 'https://192.0.2.9:7470'],
    };
    const answer = await call(running.api, method, path, options);
    expect(answer.status).toBe(307);
    expect(answer.headers['location']).toBe(`https://srv-b:7470${path}`);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = redirectSchema.parse(JSON.parse(answer.text));
    expect(problem).toMatchObject({ code: 'LS_LEADER_NOT_PRESENT', status: 307 });
    expect(problem.urls).toEqual(['https://srv-b:7470', 'https://192.0.2.9:7470']);
    expect(problem.detail).toContain('https://srv-b:7470');
  });

  test('the time to wait that the node gives is in Retry-After, in whole seconds', async () => {
    running.service.reply = {
      type: 'refused',
      code: 'LS_INSUFFICIENTUNITS',
      detail: 'All 5 units are out.',
      retryAfterSeconds: 12.3,
    };
    const answer = await call(running.api, 'POST', '/v1/leases', { body: checkoutBody });
    expect(answer.headers['retry-after']).toBe('13');
  });

  test('many requests share one connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 20; i++) {
      const answer = await call(running.api, 'POST', '/v1/leases', { body: checkoutBody, agent });
      expect(answer.status).toBe(201);
    }
    const text = (await call(running.api, 'GET', '/metrics', { agent })).text;
    agent.destroy();
    expect(text).toMatch(/^understudy_connections 1$/m);
  });
});

describe('lists and health', () => {
  test('licences and servers', async () => {
    const licenses = await call(running.api, 'GET', '/v1/licenses');
    expect(licensesAnswerSchema.parse(JSON.parse(licenses.text)).licenses).toHaveLength(1);
    const servers = await call(running.api, 'GET', '/v1/servers');
    expect(serversAnswerSchema.parse(JSON.parse(servers.text)).servers).toHaveLength(1);
  });

  test.each([
    ['serving', 200],
    ['standby', 200],
    ['unavailable', 503],
  ] as const)('health of a node that is %s is %i', async (status, expected) => {
    running.service.healthStatus = status;
    const answer = await call(running.api, 'GET', '/healthz');
    running.service.healthStatus = 'serving';
    expect(answer.status).toBe(expected);
    expect(healthAnswerSchema.parse(JSON.parse(answer.text)).status).toBe(status);
    expect(answer.headers['retry-after']).toBe(expected === 503 ? '2' : undefined);
    const head = await call(running.api, 'HEAD', '/healthz');
    expect([head.status, head.text]).toEqual([200, '']);
  });
});

test('a fault of the node is logged, and the client learns nothing of it but to try again', async () => {
  running.service.answer = () => Promise.reject(new Error('the password is hunter2'));
  const answer = await call(running.api, 'POST', '/v1/leases', { body: checkoutBody });
  running.service.answer = () => Promise.resolve(running.service.reply);
  expect(answer.status).toBe(503);
  expect(answer.headers['retry-after']).toBe('2');
  expect(problemSchema.parse(JSON.parse(answer.text)).code).toBe('LS_LEADER_NOT_PRESENT');
  expect(answer.text).not.toContain('hunter2');
  expect(running.log.join()).toContain('hunter2');
});
