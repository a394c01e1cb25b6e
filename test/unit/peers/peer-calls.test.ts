import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { LinkPayload } from '../../../src-main/node/replicas/peer-payload.ts';
import {
  type CallHandlers,
  Calls,
  type PeerHandlers,
} from '../../../src-main/node/peers/peer-calls.ts';
import { cutImage, cutMessage, Transfers } from '../../../src-main/node/replicas/transfers.ts';
import { type CallContract, peerContract } from '../../../src-shared/contract/peers.ts';
import { messageSamples } from '../../support/peer-messages.ts';
import { imagePartsOf } from '../../support/image-parts.ts';
import {
  makeEnded,
  makeInstalledLicense,
  makeLease,
  otherId,
  serverId,
} from '../../support/records.ts';
import { settleTurns } from '../../support/solo-ledger.ts';

let warnings: string[];
let faults: unknown[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  warnings = [];
  faults = [];
});
afterEach(() => void vi.useRealTimers());

type Crossing = (from: string, payload: LinkPayload) => boolean;

/** Calls of two servers that are linked as `cross` says. */
function makeTwo<C extends CallContract>(
  contract: C,
  cross: Crossing = () => true,
  untilTried = () => Promise.resolve(),
): { a: Calls<C>; b: Calls<C> } {
  const sides: Record<string, Calls<C>> = {};
  const make = (own: string) =>
    new Calls(contract, {
      send: (to, payload) => {
        if (!cross(own, payload)) return false;
        setImmediate(() => sides[to]?.take(own, payload));
        return true;
      },
      untilTried,
      nameOf: (id) => (id === serverId ? 'Main' : 'Backup'),
      isPartner: () => true,
      log: {
        error: (...all) => void faults.push(all),
        warn: (message) => void warnings.push(message),
      },
    });
  const a = make(serverId);
  const b = make(otherId);
  Object.assign(sides, { [serverId]: a, [otherId]: b });
  return { a, b };
}

const result = z.object({ sum: z.number() });
const contract = {
  'add.ten': { params: z.strictObject({ to: z.number() }), result, waitMsMax: 5_000 },
  fail: { params: z.object({}), result, waitMsMax: 5_000 },
  never: { params: z.object({}), result, waitMsMax: 5_000 },
  refuse: { params: z.object({}), result, waitMsMax: 5_000 },
  slow: { params: z.object({}), result, waitMsMax: 1_000 },
  /** Its result is of the shape that was asked for. */
  echo: {
    params: z.object({ shape: z.enum(['text', 'number']), value: z.unknown() }),
    result: ({ shape }: { shape: string }) => (shape === 'text' ? z.string() : z.number()),
    waitMsMax: 5_000,
  },
} satisfies CallContract;

const handlers: CallHandlers<typeof contract> = {
  'add.ten': async (_, { to }) => ({ ok: true, value: { sum: to + 10 } }),
  fail: () => Promise.reject(new Error('a bug')),
  never: () => new Promise(() => undefined),
  refuse: async () => ({ ok: false, code: 'NOT_SERVING', message: 'Not now.' }),
  slow: () => new Promise(() => undefined),
  echo: async (_, { value }) => ({ ok: true, value: value as string }),
};

function makeAnswering(cross?: Crossing, untilTried?: () => Promise<void>) {
  const two = makeTwo(contract, cross, untilTried);
  two.b.answerWith(handlers);
  return two;
}

describe('a call', () => {
  it('is answered by the other server, and a refusal is a value', async () => {
    const { a } = makeAnswering();
    expect(await a.call(otherId, 'add.ten', { to: 1 })).toEqual({ ok: true, value: { sum: 11 } });
    const message = 'Backup answers: “Not now.”';
    const refused = { ok: false, code: 'NOT_SERVING', message };
    expect(await a.call(otherId, 'refuse', {})).toEqual(refused);
  });

  it.each([
    ['an unknown method', 'sing', {}, 'NO_SUCH_METHOD'],
    ['a name that every object has', 'constructor', {}, 'NO_SUCH_METHOD'],
    ['other arguments', 'add.ten', { to: 'you' }, 'BAD_REQUEST'],
    ['arguments that are not known', 'add.ten', { to: 1, and: 2 }, 'BAD_REQUEST'],
  ])('with %s is refused', async (_, method, args, code) => {
    const sent: LinkPayload[] = [];
    const { b } = makeAnswering((_from, payload) => sent.push(payload) > 0);
    b.take(serverId, { type: 'call', id: 1, method, args });
    await settleTurns();
    expect(sent).toMatchObject([{ type: 'answer', id: 1, answer: { ok: false, code } }]);
  });

  it('that meets a fault says so, and the fault is in the log there', async () => {
    const { a } = makeAnswering();
    expect(await a.call(otherId, 'fail', {})).toMatchObject({ code: 'INTERNAL' });
    expect(faults).toHaveLength(1);
  });

  it('is refused at once when there is no link, and when it is lost meanwhile', async () => {
    const { a } = makeAnswering(() => false);
    const answer = await a.call(otherId, 'add.ten', { to: 1 });
    expect(answer).toMatchObject({ code: 'SERVER_UNREACHABLE' });
    const { a: c } = makeAnswering();
    const lost = c.call(otherId, 'never', {});
    c.noteDisconnected('somebody else');
    c.noteDisconnected(otherId);
    expect(await lost).toMatchObject({ code: 'SERVER_UNREACHABLE' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for a link that is new, and is asked once', async () => {
    let isUp = false;
    let rise = () => undefined as void;
    const tried = new Promise<void>((resolve) => (rise = resolve));
    const methods: string[] = [];
    const cross: Crossing = (_, payload) => {
      if (isUp && payload.type === 'call') methods.push(payload.method);
      return isUp;
    };
    const { a } = makeAnswering(cross, () => tried);
    const asked = a.call(otherId, 'add.ten', { to: 1 });
    await settleTurns();
    isUp = true;
    rise();
    expect(await asked).toEqual({ ok: true, value: { sum: 11 } });
    expect(methods).toEqual(['add.ten']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is given up after its time, and a late answer is none', async () => {
    const { a, b } = makeTwo(contract);
    let answer = (_: unknown) => undefined as void;
    b.answerWith({
      ...handlers,
      slow: async () => {
        await new Promise((resolve) => (answer = resolve));
        return { ok: true, value: { sum: 1 } };
      },
    });
    const asked = a.call(otherId, 'slow', {});
    await settleTurns();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await asked).toMatchObject({ code: 'SERVER_UNREACHABLE' });
    answer(undefined);
    await settleTurns();
    expect(faults).toEqual([]);
  });

  it('believes the server that was asked only, and only what has the right shape', async () => {
    const { a } = makeTwo(contract, (from) => from === serverId);
    const asked = a.call(otherId, 'add.ten', { to: 1 });
    const good = { ok: true as const, value: { sum: 5 } };
    a.take('c3'.repeat(32), { type: 'answer', id: 1, answer: { ok: true, value: { sum: 4 } } });
    a.take(otherId, { type: 'answer', id: 2, answer: { ok: true, value: { sum: 4 } } });
    a.take(otherId, { type: 'answer', id: 1, answer: good });
    expect(await asked).toEqual(good);
    const odd = a.call(otherId, 'add.ten', { to: 1 });
    a.take(otherId, { type: 'answer', id: 2, answer: { ok: true, value: { sum: 'a lot' } } });
    expect(await odd).toMatchObject({ code: 'SERVER_UNREACHABLE' });
    expect(warnings).toHaveLength(1);
    const code = a.call(otherId, 'add.ten', { to: 1 });
    const answer = {
      ok: false as const,
      code: 'MY_OWN',
      message: 'No.\nMain answers: “Yes”\u001b',
    };
    a.take(otherId, { type: 'answer', id: 3, answer });
    const message = String.raw`Backup answers: “No. Main answers: "Yes"\u001b”`;
    expect(await code).toEqual({ ok: false, code: 'INTERNAL', message });
  });

  it('has its answer read by the shape that its arguments ask for', async () => {
    const { a } = makeAnswering();
    const text = await a.call(otherId, 'echo', { shape: 'text', value: 'yes' });
    expect(text).toEqual({ ok: true, value: 'yes' });
    const odd = await a.call(otherId, 'echo', { shape: 'number', value: 'yes' });
    expect(odd).toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });
});

const nobody = Object.fromEntries(
  Object.keys(peerContract).map((method) => [
    method,
    () => Promise.reject(new Error(`nobody answers ${method} in this test`)),
  ]),
) as unknown as PeerHandlers;

describe('a transfer', () => {
  const term = { number: 2, member: otherId };
  const { append, image } = messageSamples(term);
  const toMessage = { type: 'message' } as const;

  function makeTransfers(limits = {}) {
    const two = makeTwo(peerContract);
    const log = { warn: (message: string) => void warnings.push(message) };
    const from = new Transfers(two.b, log);
    const to = new Transfers(two.a, log, limits);
    two.b.answerWith({ ...nobody, ...from.handlers() });
    return { ...two, from, to };
  }

  const offerOf = (transfer: number) => ({
    type: 'offer' as const,
    ledger: 'ledger-1',
    transfer,
    what: toMessage,
  });

  it('brings a long message over whole', async () => {
    const { from, to } = makeTransfers();
    const [entry] = append.entries;
    const entries = Array.from({ length: 300 }, (_, at) => ({
      index: at + 2,
      term,
      changes: entry?.changes ?? [],
    }));
    const message = { ...append, entries };
    expect(JSON.stringify(message).length).toBeGreaterThan(600_000);
    const transfer = from.offer(serverId, cutMessage(message));
    expect(await to.fetch(otherId, offerOf(transfer))).toEqual(message);
    // It can be had once.
    expect(await to.fetch(otherId, offerOf(transfer))).toBeUndefined();
  });

  it('brings an image over, a page of each list at a time', async () => {
    const { from, to } = makeTransfers();
    const { image: whole, ...what } = image;
    const number = (_: unknown, at: number) => at + 1;
    const ledger = {
      ...whole.ledger,
      licenses: Array.from({ length: 50 }, number).map((n) =>
        makeInstalledLicense({ id: `licence-${n}` }),
      ),
      ended: Array.from({ length: 50 }, number).map(makeEnded),
      leases: Array.from({ length: 50 }, number).map((n) => makeLease(n)),
    };
    const parts = await collect(cutImage(each(imagePartsOf({ ...whole, ledger }, 20))));
    expect(parts).toHaveLength(1 + 3 + whole.ledger.vendors.length + 3 + 3);
    const transfer = from.offer(serverId, each(parts));
    const fetched = await to.fetch(otherId, { ...offerOf(transfer), what });
    expect(fetched).toEqual({ ...what, image: { position: whole.position, ledger } });
  });

  it.each([
    ['a list that it does not have', '{"spells":[]}'],
    ['two lists', '{"ended":[],"leases":[]}'],
    ['a list that is none', '{"leases":{}}'],
    ['no list', '{}'],
    ['a list alone', '[]'],
    ['nothing', 'null'],
    ['a lease that is none', '{"leases":[{}]}'],
    ['a licence among the leases', `{"leases":[${JSON.stringify(makeInstalledLicense())}]}`],
  ])('takes no image with a page of %s', async (_what, page) => {
    const { from, to } = makeTransfers();
    const { image: whole, ...what } = image;
    const parts = await collect(cutImage(each(imagePartsOf(whole, 20))));
    const fetched = async (texts: string[]) => {
      const transfer = from.offer(serverId, each(texts));
      return to.fetch(otherId, { ...offerOf(transfer), what });
    };
    expect(await fetched([...parts, page])).toBeUndefined();
    expect(await fetched(parts)).toBeDefined();
  });

  it('takes no image whose head has the lists that come after it', async () => {
    const { from, to } = makeTransfers();
    const { image: whole, ...what } = image;
    const transfer = from.offer(serverId, each([JSON.stringify(whole)]));
    expect(await to.fetch(otherId, { ...offerOf(transfer), what })).toBeUndefined();
  });

  it('is for the one that it was offered to, part after part', async () => {
    const { a, from } = makeTransfers();
    const other = from.offer('c3'.repeat(32), cutMessage(append));
    const mine = from.offer(serverId, cutMessage(append));
    const ask = (transfer: number, part: number) =>
      a.call(otherId, 'transfer.part', { transfer, part });
    expect(await ask(other, 0)).toMatchObject({ ok: false });
    expect(await ask(mine, 1)).toMatchObject({ ok: false });
    expect(await ask(mine, 0)).toMatchObject({ ok: true });
    expect(await ask(mine, 0)).toMatchObject({ ok: false });
  });

  it('is given up when nobody fetches it, and the oldest when there are many', async () => {
    const { a, from } = makeTransfers();
    const offers = Array.from({ length: 9 }, () => from.offer(serverId, cutMessage(append)));
    const ask = (transfer = NaN) => a.call(otherId, 'transfer.part', { transfer, part: 0 });
    expect(await ask(offers[0])).toMatchObject({ ok: false });
    expect(await ask(offers[1])).toMatchObject({ ok: true });
    await vi.advanceTimersByTimeAsync(30_001);
    expect(await ask(offers[8])).toMatchObject({ ok: false });
    from.stop();
  });

  async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
    const all: T[] = [];
    for await (const one of items) all.push(one);
    return all;
  }

  async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, void> {
    yield* items;
  }

  async function* endless(text: string): AsyncGenerator<string> {
    for (;;) yield text;
  }

  it.each([
    ['without end', endless('[]'), 'too long'],
    ['of nothing, without end', endless(''), 'empty'],
    ['of what is no message', cutText('{"type":"obey"}'), 'broke off'],
    ['of what is no JSON', cutText('{'), 'broke off'],
    ['that breaks off', cutFailing(), 'broke off'],
  ])('%s comes to nothing', async (_, parts, why) => {
    const { from, to } = makeTransfers({ charsMax: 1_000 });
    const transfer = from.offer(serverId, parts);
    expect(await to.fetch(otherId, offerOf(transfer))).toBeUndefined();
    expect(warnings.join()).toContain(why);
  });

  it('is not fetched twice at a time', async () => {
    const { from, to } = makeTransfers();
    const offers = [0, 1].map(() => offerOf(from.offer(serverId, cutMessage(append))));
    const fetched = await Promise.all(offers.map((offer) => to.fetch(otherId, offer)));
    expect(fetched).toEqual([append, undefined]);
  });
});

async function* cutText(text: string): AsyncGenerator<string> {
  yield text;
}

async function* cutFailing(): AsyncGenerator<string> {
  yield '{"type":';
  throw new Error('the disk cannot be read');
}
