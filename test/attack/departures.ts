// Thousands of connections that all leave, ask or fall silent in the same moment.
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Attack, AttackContext } from './attacks.ts';

/** As many as there is room for. */
const count = 10_000;

/** Sources: as many as the connections that ask nothing need, by their limit for each. */
const sourceCount = 20;

/** Longest wait of others, in ms of the server's processor time, also while all these are opened. */
const waitMsMax = 1_000;

/** Connections that are opened at the same time. */
const openingCount = 250;

const question = 'GET /healthz HTTP/1.1\r\nHost: attack\r\n\r\n';

/** A connection that has come as far as it is to come; `raw` is the one beneath TLS. */
interface Opened {
  raw: Socket;
  tls?: TLSSocket;
}

type Opening = (context: AttackContext, localAddress: string) => Promise<Opened>;

/** How all connections are dropped: in order, or by a reset. */
type Farewell = 'end' | 'reset';

export function departures(): Attack[] {
  const places: [string, Opening][] = [
    ['in the middle of the handshake', openHalfway],
    ['after the handshake', openWhole],
    ['after a request', openAsked],
  ];
  return [
    ...places.flatMap(([place, open]) => [
      departure(place, open, 'end'),
      departure(place, open, 'reset'),
    ]),
    {
      title: `${count} connections ask at once`,
      by: 'client',
      waitMsMax,
      run: (_hostile, context) => afterOpening(context, openWhole, askAll),
    },
    {
      title: `${count} connections begin a request at once and never end it`,
      by: 'client',
      waitMsMax,
      run: (_hostile, context) => afterOpening(context, openWhole, beginAll),
    },
  ];
}

function departure(place: string, open: Opening, farewell: Farewell): Attack {
  return {
    title: `${count} connections ${farewell} at once ${place}`,
    by: 'client',
    waitMsMax,
    run: (_hostile, context) =>
      afterOpening(context, open, async (opened) => {
        for (const { raw, tls } of opened) {
          if (farewell === 'reset') raw.resetAndDestroy();
          else (tls ?? raw).destroy();
        }
        await Promise.all(opened.map(({ raw }) => closeOf(raw)));
      }),
  };
}

/** Opens all, does with them what is asked for, and resolves to how many there were. */
async function afterOpening(
  context: AttackContext,
  open: Opening,
  act: (opened: readonly Opened[]) => Promise<void>,
): Promise<string> {
  const opened: Opened[] = [];
  try {
    while (opened.length < count) {
      const addressOf = (n: number) => `127.0.30.${1 + ((opened.length + n) % sourceCount)}`;
      const more = Array.from({ length: openingCount }, (_, n) => open(context, addressOf(n)));
      opened.push(...(await Promise.all(more)));
    }
    const left = opened.filter(({ raw }) => !raw.destroyed).length;
    await act(opened);
    return `${left} were open`;
  } finally {
    for (const { raw } of opened) raw.destroy();
  }
}

async function askAll(opened: readonly Opened[]): Promise<void> {
  const answers = opened.map(({ raw, tls }) => Promise.race([firstData(tls ?? raw), closeOf(raw)]));
  for (const { tls } of opened) tls?.write(question);
  await Promise.all(answers);
}

/** Resolves when the server has lost its patience with each. */
async function beginAll(opened: readonly Opened[]): Promise<void> {
  for (const { tls } of opened) tls?.resume().write(question.slice(0, -2));
  await Promise.all(opened.map(({ raw }) => closeOf(raw)));
}

/** Waits for the first answer of the server, and never goes on. */
async function openHalfway({ port }: AttackContext, localAddress: string): Promise<Opened> {
  const raw = connect({ host: '127.0.0.1', port, localAddress });
  raw.on('error', () => undefined);
  raw.write(await hello());
  await Promise.race([firstData(raw), closeOf(raw)]);
  return { raw };
}

/** Comes to the end of the handshake, and asks nothing. */
function openWhole({ port }: AttackContext, localAddress: string): Promise<Opened> {
  const raw = connect({ host: '127.0.0.1', port, localAddress });
  const tls = connectTls({ socket: raw, rejectUnauthorized: false });
  for (const socket of [raw, tls]) socket.on('error', () => undefined);
  return new Promise((resolve) => {
    tls.once('secureConnect', () => resolve({ raw, tls }));
    raw.once('close', () => resolve({ raw, tls }));
  });
}

/** Asks once, and keeps the connection. */
async function openAsked(context: AttackContext, localAddress: string): Promise<Opened> {
  const opened = await openWhole(context, localAddress);
  await askAll([opened]);
  return opened;
}

function firstData(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('data', () => resolve()));
}

function closeOf(socket: Socket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

let recorded: Promise<Buffer> | undefined;

/** What a client says first: the server takes the same from each connection. */
function hello(): Promise<Buffer> {
  recorded ??= new Promise((resolve) => {
    const listener = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (chunk) => {
        resolve(chunk);
        socket.destroy();
        listener.close();
      });
    });
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as { port: number };
      connectTls({ host: '127.0.0.1', port }).on('error', () => undefined);
    });
  });
  return recorded;
}
