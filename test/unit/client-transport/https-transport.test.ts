import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { HttpsTransport } from '../../../src-main/client-transport/https-transport.ts';
import type { TransportRequest } from '../../../src-shared/client/client-ports.ts';
import { listen, startTlsServer } from './tls-server.ts';

const seconds = 20_000;

function makeTransport(): HttpsTransport {
  const transport = new HttpsTransport();
  onTestFinished(() => transport.close());
  return transport;
}

function ask(target: string, more: Partial<TransportRequest> = {}): TransportRequest {
  return {
    target,
    method: 'POST',
    path: '/v1/leases',
    headers: { 'content-type': 'application/json' },
    body: '{"feature":"cad"}',
    connectTimeoutMs: seconds,
    answerTimeoutMs: seconds,
    checkIdentity: async () => ({ trusted: true }),
    ...more,
  };
}

it('sends a request and reads the answer, on one connection for several', async () => {
  const server = await startTlsServer((asked, answer) => {
    let body = '';
    asked.setEncoding('utf8').on('data', (part: string) => (body += part));
    asked.on('end', () => answer.writeHead(503, { 'retry-after': '3' }).end(`heard ${body}`));
  });
  const transport = makeTransport();
  const fingerprints: string[] = [];
  const request = ask(server.target, {
    checkIdentity: async (fingerprint) => {
      fingerprints.push(fingerprint);
      return { trusted: true };
    },
  });
  for (let i = 0; i < 3; i++) {
    expect(await transport.send(request)).toEqual({
      type: 'answered',
      status: 503,
      headers: { 'retry-after': '3' },
      body: 'heard {"feature":"cad"}',
    });
  }
  expect(fingerprints).toEqual([server.identity.id]);
  expect(server.connectionCount()).toBe(1);
});

it('sends nothing to a server that is not trusted', async () => {
  const server = await startTlsServer((_asked, answer) => answer.end());
  const result = await makeTransport().send(
    ask(server.target, {
      checkIdentity: async () => ({ trusted: false, message: 'That is not the one.' }),
    }),
  );
  expect(result).toEqual({ type: 'distrusted', detail: 'That is not the one.' });
  expect(server.heard).toEqual([]);
});

it('sends nothing before the key was checked, however long that takes', async () => {
  const server = await startTlsServer((_asked, answer) => answer.end('{}'));
  let trust: () => void = () => undefined;
  let checking: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (checking = resolve));
  const result = makeTransport().send(
    ask(server.target, {
      checkIdentity: () => {
        checking();
        return new Promise((resolve) => (trust = () => resolve({ trusted: true })));
      },
    }),
  );
  await begun;
  expect(server.heard).toEqual([]);
  trust();
  expect(await result).toMatchObject({ type: 'answered' });
  expect(server.heard).toEqual(['POST /v1/leases']);
});

it('makes a new connection when the server has closed the one that was kept', async () => {
  const server = await startTlsServer((_asked, answer) => answer.end('{}'));
  const transport = makeTransport();
  await transport.send(ask(server.target));
  server.drop();
  expect(await transport.send(ask(server.target))).toMatchObject({ type: 'answered' });
  expect(server.connectionCount()).toBe(2);
});

it('says that no server runs there', async () => {
  const server = createTcpServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await makeTransport().send(ask(`127.0.0.1:${port}`))).toMatchObject({
    type: 'unreachable',
    reason: 'refused',
  });
});

it('gives up a connection that does not come about in time', async () => {
  const server = createTcpServer((socket) => socket.on('error', () => undefined));
  onTestFinished(() => void server.close());
  const target = `127.0.0.1:${await listen(server)}`;
  const result = await makeTransport().send(ask(target, { connectTimeoutMs: 50 }));
  expect(result).toMatchObject({ type: 'unreachable', reason: 'noConnection' });
});

it('gives up an answer that does not come in time', async () => {
  const server = await startTlsServer(() => undefined);
  const result = await makeTransport().send(ask(server.target, { answerTimeoutMs: 300 }));
  expect(result).toMatchObject({ type: 'unreachable', reason: 'timeout' });
});

it('says that a server does not speak TLS', async () => {
  const server = createHttpServer((_asked, answer) => answer.end());
  onTestFinished(() => void server.close());
  const result = await makeTransport().send(ask(`127.0.0.1:${await listen(server)}`));
  expect(result).toMatchObject({ type: 'unreachable', reason: 'tls' });
});

it('stops reading an answer that is too long', async () => {
  const server = await startTlsServer((_asked, answer) => {
    answer.end('x'.repeat(2 * 1024 * 1024));
  });
  const result = await makeTransport().send(ask(server.target));
  expect(result).toMatchObject({ type: 'unreachable', reason: 'broken' });
});

it('survives an answer that breaks off', async () => {
  const server = await startTlsServer((_asked, answer) => {
    answer.writeHead(200, { 'content-length': '100' });
    answer.write('{');
    setImmediate(() => server.drop());
  });
  const result = await makeTransport().send(ask(server.target));
  expect(result).toMatchObject({ type: 'unreachable', reason: 'broken' });
});
