import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadIdentity } from '../../src-main/node/identity/identity.ts';
import { LoadConnection } from '../bench/load-connection.ts';
import type { Attack, AttackContext } from './attacks.ts';
import { departures } from './departures.ts';
import { askHonestly, honestAddress } from './honest-client.ts';
import { HostileServer } from './hostile-server.ts';

const silentCount = 10_000;
const floodMs = 4_000;
const floodConnections = 16;
const guessCount = 300;

/** Of the log, and of what the store writes anew in its journal. */
const smallGrowthBytes = 6_000_000;

export const clientAttacks: Attack[] = [
  {
    title: '10,000 silent connections from two addresses',
    by: 'client',
    run: (_hostile, context) => beSilent(context, (n) => `127.0.0.${2 + (n % 2)}`),
  },
  {
    title: '10,000 silent connections, eight each from 1,250 addresses',
    by: 'client',
    run: (_hostile, context) => {
      const place = (n: number) => Math.floor(n / 8);
      const address = (n: number) =>
        `127.0.${10 + Math.floor(place(n) / 250)}.${1 + (place(n) % 250)}`;
      return beSilent(context, address);
    },
  },
  ...departures(),
  {
    title: 'a flood of lease ids that are too long',
    by: 'client',
    bytesMax: smallGrowthBytes,
    run: (_hostile, context) =>
      flood(context, () => head('POST', `/v1/leases/${'x'.repeat(101)}/renew`)),
  },
  {
    title: 'a flood of paths that are no text',
    by: 'client',
    bytesMax: smallGrowthBytes,
    run: (_hostile, context) => flood(context, () => head('GET', '/v1/%zz')),
  },
  {
    title: 'a flood of paths as long as a request may be, and longer',
    by: 'client',
    bytesMax: smallGrowthBytes,
    run: (_hostile, context) =>
      flood(context, (n) => head('GET', `/${'a'.repeat(n % 2 === 0 ? 7_000 : 30_000)}`)),
  },
  {
    title: 'a flood of refused requests for ever new features',
    by: 'client',
    bytesMax: smallGrowthBytes,
    run: (_hostile, context) =>
      flood(context, (n) => checkout(`feature-${n}-${'f'.repeat(80)}`, n)),
  },
  {
    title: 'a flood of refused requests for a licence under ever new names',
    by: 'client',
    bytesMax: smallGrowthBytes,
    run: (_hostile, context) => flood(context, (n) => checkout('cad', n)),
  },
  {
    title: `${guessCount} wrong guesses at an invitation`,
    by: 'client',
    bytesMax: smallGrowthBytes,
    run: guess,
  },
];

/** Opens connections that say nothing; meanwhile others are served, and a server is paired. */
async function beSilent(context: AttackContext, addressOf: (n: number) => string): Promise<string> {
  const sockets: Socket[] = [];
  try {
    for (let from = 0; from < silentCount; from += 500) {
      const opened = Array.from({ length: 500 }, (_, n) =>
        openSilent(context, addressOf(from + n)),
      );
      sockets.push(...(await Promise.all(opened)));
    }
    const open = sockets.filter(({ destroyed }) => !destroyed).length;
    const slowestMs = await askHonestly(context, 20);
    await pairHonestly(context);
    return `${open} open; others were answered in ${slowestMs} ms, a server was paired`;
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function openSilent({ port }: AttackContext, localAddress: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    socket.on('error', () => undefined);
    socket.once('connect', () => resolve(socket));
    socket.once('close', () => resolve(socket));
  });
}

/** Asks as fast as it is answered, from one address; meanwhile others are served. */
async function flood(context: AttackContext, makeText: (n: number) => string): Promise<string> {
  const endMs = performance.now() + floodMs;
  const counts = new Map<number, number>();
  let asked = 0;
  const work = async () => {
    let connection: LoadConnection | undefined;
    while (performance.now() < endMs) {
      try {
        connection ??= await LoadConnection.open(context.port, '127.0.0.5');
        const { status } = await connection.send(makeText(asked++));
        counts.set(status, (counts.get(status) ?? 0) + 1);
        if (status >= 500) throw new Error(`answered with ${status}`);
      } catch (error) {
        if (String(error).includes('answered with')) throw error;
        // Closed, which is an answer as well.
        connection = undefined;
      }
    }
    connection?.close();
  };
  const [slowestMs] = await Promise.all([
    askHonestly(context, 20),
    ...Array.from({ length: floodConnections }, work),
  ]);
  const answers = [...counts].sort(([a], [b]) => a - b);
  const text = answers.map(([status, count]) => `${count} times ${status}`).join(', ');
  return `${text || 'closed'}; others were answered in ${slowestMs} ms`;
}

/** Each of many guessers has a few tries; then the right code still pairs. */
async function guess(_hostile: HostileServer, context: AttackContext): Promise<string> {
  let refused = 0;
  const wrong = 'AAAAA-AAAAA-AAAAA-AAAAA';
  await withServer(context, async (server) => {
    for (let n = 0; n < guessCount; n++) {
      await server.pair(context.victim, wrong, `127.0.20.${1 + (n % 100)}`).catch(() => refused++);
    }
  });
  if (refused !== guessCount) throw new Error(`${guessCount - refused} guesses were taken`);
  await pairHonestly(context);
  return `${refused} refused; the right code still paired a server`;
}

async function pairHonestly(context: AttackContext): Promise<void> {
  await withServer(context, (server) => server.pair(context.victim, context.code, honestAddress));
}

async function withServer(
  { port }: AttackContext,
  work: (server: HostileServer) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'us-attack-'));
  try {
    await work(new HostileServer(await loadIdentity(directory), port));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function head(method: string, path: string): string {
  const length = method === 'POST' ? 'Content-Length: 0\r\n' : '';
  return `${method} ${path} HTTP/1.1\r\nHost: attack\r\n${length}\r\n`;
}

function checkout(feature: string, n: number): string {
  const name = `${n}-${'n'.repeat(40)}`;
  const client = { instance: `i-${n}`, user: `user-${name}`, host: `host-${name}` };
  const body = JSON.stringify({ feature, client });
  return (
    'POST /v1/leases HTTP/1.1\r\nHost: attack\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}
