// A small client that does everything right, or makes the one mistake that its argument names.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { CheckoutOrder, StateName } from '../../../conformance/kit/client-program.ts';
import { HttpsTransport } from '../../../src-main/client-transport/https-transport.ts';
import { nodeSignatures } from '../../../src-main/client-transport/node-signatures.ts';
import { findDoubt } from '../../../src-shared/client/vendor-proof.ts';
import {
  checkoutRequestSchema,
  type LeaseAnswer,
  leaseAnswerSchema,
} from '../../../src-shared/contract/client-api.ts';
import type { Fault } from './faults.ts';

const [, , fault] = process.argv;
const has = (name: Fault): boolean => fault === name;

const orders: { do: string }[] = [];
let noticeOrder = (): void => undefined;
createInterface({ input: process.stdin })
  .on('line', (line) => take(JSON.parse(line) as { do: string }))
  .on('close', () => take({ do: 'return' }));

function take(order: { do: string }): void {
  orders.push(order);
  noticeOrder();
}

/** The next order; null when `ms` pass first. */
async function nextOrder(ms: number): Promise<string | null> {
  if (orders.length === 0 && ms > 0) {
    const ended = new AbortController();
    const ordered = new Promise<void>((resolve) => (noticeOrder = resolve));
    const time = pause(Math.min(ms, 2 ** 31 - 1), undefined, { signal: ended.signal });
    await Promise.race([ordered, time.catch(() => undefined)]);
    ended.abort();
  }
  return orders.shift()?.do ?? null;
}

function tell(state: StateName, lease?: string): void {
  process.stdout.write(`${JSON.stringify({ state, ...(lease && { lease }) })}\n`);
}

while (orders.length === 0) await pause(5);
const order = orders.shift() as unknown as CheckoutOrder;
const transport = new HttpsTransport();
const keysFile = join(order.directory, 'keys.json');
const borrowedFile = join(order.directory, 'borrowed.json');
const keys = readJson<Record<string, string>>(keysFile) ?? {};
const named: Record<string, string> = {};
/** The id that each address showed last, also on a connection that is used again. */
const ids: Record<string, string> = {};
const oneNonce = nodeSignatures.nonce();
const configured = has('asks-secondaries-first')
  ? [...order.secondary, ...order.primary]
  : [...order.primary, ...order.secondary];

interface Held {
  answer: LeaseAnswer;
  nonce: string;
  server: string;
  endsAtMs: number;
}
let held: Held | null = null;
/** Wait before it asks for a seat again. */
let pauseMs = 300;
/** When the next decision is due, whether a server has answered or not. */
let giveUpAtMs = Infinity;

interface Reply {
  status: number;
  document: { code?: string } & Record<string, unknown>;
  server: string;
  serverId: string;
  nonce: string;
  sentAtMs: number;
  /** How long the server wants to be left alone. */
  askedWaitMs: number;
}

function readJson<T>(path: string): T | null {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null;
}

/** Milliseconds that run on while the process stands still. */
const nowMs = (): number => Date.now();

function trust(
  target: string,
  id: string,
): { trusted: true } | { trusted: false; message: string } {
  const refused = { trusted: false, message: `${target} has another key` } as const;
  if (has('accepts-any-key')) return { trusted: true };
  if (order.fingerprints.length > 0) {
    return order.fingerprints.includes(id) ? { trusted: true } : refused;
  }
  const expected = keys[target] ?? named[target];
  if (expected !== undefined && expected !== id) return refused;
  keys[target] = id;
  if (!has('forgets-keys')) writeFileSync(keysFile, JSON.stringify(keys));
  return { trusted: true };
}

/** No longer than the application may run without an answer. */
function timeoutMs(): number {
  const leftMs = giveUpAtMs - nowMs();
  return Math.max(50, Math.min(order.timeoutMs, leftMs));
}

/** Null: no answer. */
async function ask(first: string, method: 'POST' | 'DELETE', path: string, body?: object) {
  let target = first;
  let way: { method: 'GET' | 'POST' | 'DELETE'; body: string | undefined } = {
    method,
    body: body && JSON.stringify(body),
  };
  for (let hops = 0; hops <= (has('follows-forever') ? 20 : 3); hops++) {
    const nonce = has('repeats-its-nonce') ? oneNonce : nodeSignatures.nonce();
    const token = held !== null && nowMs() < held.endsAtMs ? held.answer.token : null;
    const sentAtMs = nowMs();
    const result = await transport.send({
      target,
      path,
      method: way.method,
      ...(way.body === undefined ? {} : { body: way.body }),
      headers: {
        'understudy-nonce': nonce,
        ...(way.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === null || has('sends-no-token') ? {} : { 'understudy-token': token }),
      },
      connectTimeoutMs: order.timeoutMs,
      answerTimeoutMs: has('waits-forever') ? 3_600_000 : timeoutMs(),
      checkIdentity: async (id) => {
        ids[target] = id;
        return trust(target, id);
      },
    });
    if (result.type !== 'answered') return null;
    const { status, headers } = result;
    if (status !== 307) {
      const document = parse(result.body);
      const serverId = ids[target] ?? '';
      const askedWaitMs = Number(headers['retry-after'] ?? 0) * 1000;
      const facts = { serverId, nonce, sentAtMs, askedWaitMs };
      return { status, document, server: target, ...facts } satisfies Reply;
    }
    target = new URL(headers['location'] ?? '').host;
    if (has('loses-the-body')) way = { method: 'GET', body: undefined };
  }
  return null;
}

function parse(text: string): Reply['document'] {
  try {
    return JSON.parse(text) as Reply['document'];
  } catch {
    return {};
  }
}

/** False: the answer does not count. */
function accept({ document, nonce, server, sentAtMs }: Reply): boolean {
  const parsed = leaseAnswerSchema.safeParse(document);
  if (!parsed.success) return false;
  if (has('refuses-unknown-fields') && 'x-later' in document) return false;
  const answer = parsed.data;
  if (doubtOf(answer, nonce) !== null) return false;
  const isSame = held?.answer.lease.id === answer.lease.id;
  if (held && isSame && answer.term < held.answer.term && !has('takes-older-terms')) return false;
  const { ttlSeconds, borrowUntil } = answer.lease;
  const fromMs = has('counts-from-the-answer') ? nowMs() : sentAtMs;
  const endsAtMs = borrowUntil ? Date.parse(borrowUntil) : fromMs + ttlSeconds * 1000;
  held = { answer, nonce, server, endsAtMs };
  for (const { id, urls = [] } of answer.servers) {
    for (const url of urls) named[new URL(url).host] = id;
  }
  if (borrowUntil && !has('forgets-what-it-borrowed')) {
    writeFileSync(borrowedFile, JSON.stringify(held));
  }
  return true;
}

function doubtOf(answer: LeaseAnswer, nonce: string): string | null {
  const { product, feature, version, released, client, vendorKey } = order;
  const request = checkoutRequestSchema.parse({ product, feature, version, released, client });
  const vendor = { keys: [vendorKey] };
  const doubt = findDoubt({ answer, request, nonce, vendor, signatures: nodeSignatures });
  if (has('asks-for-no-proof')) return null;
  if (has('takes-any-server') && doubt?.includes('does not name the server')) return null;
  const payload = (JSON.parse(answer.licenseFile ?? '{}') as { payload?: string }).payload ?? '';
  const grant = nodeSignatures.decode(payload) as { expires?: string | null } | undefined;
  const ended = Date.parse(grant?.expires ?? '') < Date.now();
  return has('judges-dates-by-its-clock') && ended ? 'the licence has ended' : doubt;
}

/** Whether there is a seat; else whether a server said no for good. */
async function checkOut(): Promise<'seat' | 'no' | 'later'> {
  const { product, feature, version, released, client, borrowUntil } = order;
  const instance = has('is-new-at-each-try') ? randomUUID() : client.instance;
  const more = borrowUntil === undefined ? {} : { borrowUntil };
  const asked = { product, feature, version, released };
  const body = { ...asked, client: { ...client, instance }, ...more };
  let found: 'no' | 'later' = 'later';
  pauseMs = 300;
  for (const server of configured) {
    const reply = await ask(server, 'POST', '/v1/leases', body);
    if (!reply) continue;
    if (reply.status === 200 || reply.status === 201) {
      if (accept(reply)) return 'seat';
    } else if (reply.status === 409) found = 'no';
    if (reply.status === 404 && has('gives-up-at-404')) return 'no';
    if (!has('hurries')) pauseMs = Math.max(pauseMs, reply.askedWaitMs);
  }
  return found;
}

async function renew(seat: Held): Promise<'renewed' | 'gone' | 'denied' | 'later'> {
  const { lease, servers, servedBy } = seat.answer;
  const partners = servers.flatMap(({ urls = [] }) => urls.map((url) => new URL(url).host));
  const all = [...new Set([seat.server, ...partners, ...configured])];
  const keepers = [servedBy.id, ...servers.map(({ id }) => id)];
  let result: 'gone' | 'denied' | 'later' = 'later';
  for (const server of has('stays-with-one-server') ? all.slice(0, 1) : all) {
    const reply = await ask(server, 'POST', `/v1/leases/${lease.id}/renew`);
    if (!reply) continue;
    if (reply.status === 200 && accept(reply)) return 'renewed';
    const counts = keepers.includes(reply.serverId) || has('believes-strangers');
    if (counts && reply.document.code === 'LS_NO_SUCH_LEASE') result = 'gone';
    if (counts && (reply.status === 409 || reply.status === 403)) result = 'denied';
  }
  return result;
}

/** Until an order comes, which it resolves to; null: the seat is lost. */
async function keep(seat: Held): Promise<string | null> {
  held = seat;
  let state: StateName = 'held';
  let isGone = false;
  let isDenied = false;
  let graceEndsAtMs: number | null = null;
  let waitMs = renewalMs(seat);
  for (;;) {
    const endMs: number = graceEndsAtMs ?? held.endsAtMs;
    const ordered = await nextOrder(Math.min(waitMs, Math.max(0, endMs - nowMs())));
    giveUpAtMs = Infinity;
    if (ordered !== null) return ordered;
    if (nowMs() >= endMs && has('sleeps-on') && state === 'held') {
      tell('held', held.answer.lease.id);
      held.endsAtMs = nowMs() + 60_000;
      continue;
    }
    if (nowMs() >= endMs && has('retries-what-has-ended') && state === 'held') {
      state = 'retrying';
      tell(state);
    }
    if (nowMs() >= endMs && !has('never-stops')) {
      const mayGoOn = graceEndsAtMs === null && (!isDenied || has('has-grace-after-no'));
      if (!mayGoOn || order.graceSeconds === 0 || has('knows-no-grace')) return null;
      graceEndsAtMs = held.endsAtMs + order.graceSeconds * 1000;
      state = 'grace';
      tell(state);
    }
    giveUpAtMs = graceEndsAtMs ?? held.endsAtMs;
    const before: string = held.answer.lease.id;
    let result: string = isGone ? 'gone' : await renew(held);
    isGone ||= result === 'gone';
    isDenied ||= result === 'denied';
    if (result !== 'renewed' && (isGone || graceEndsAtMs !== null)) {
      const found = await checkOut();
      if (found === 'seat') result = 'renewed';
      else if (found === 'no') isDenied = true;
    }
    if (result === 'renewed') {
      if (state !== 'held' || before !== held.answer.lease.id) tell('held', held.answer.lease.id);
      state = 'held';
      isGone = false;
      isDenied = false;
      graceEndsAtMs = null;
      waitMs = renewalMs(held);
      continue;
    }
    if (graceEndsAtMs !== null && isDenied && !has('has-grace-after-no')) return null;
    if (state === 'held') {
      state = 'retrying';
      tell(state);
    }
    waitMs = 200;
  }
}

function renewalMs({ answer }: Held): number {
  return has('renews-all-the-time') ? 100 : (answer.lease.ttlSeconds * 1000) / 3;
}

async function giveBack({ answer, server }: Held): Promise<void> {
  const partners = answer.servers.flatMap(({ urls = [] }) => urls.map((url) => new URL(url).host));
  for (let tries = 0; tries < 3; tries++) {
    for (const target of new Set([server, ...partners])) {
      const reply = await ask(target, 'DELETE', `/v1/leases/${answer.lease.id}`);
      if (reply?.status === 204) return;
    }
    await pause(300);
  }
}

async function findSeat(): Promise<Held | null> {
  const kept = readJson<Held>(borrowedFile);
  if (kept !== null && kept.endsAtMs > Date.now()) return kept;
  const untilMs = nowMs() + order.waitSeconds * 1000;
  while ((await checkOut()) !== 'seat') {
    if (nowMs() + pauseMs > untilMs) return null;
    await pause(pauseMs);
  }
  return held;
}

async function main(): Promise<void> {
  const seat = await findSeat();
  if (seat === null) return tell('refused');
  held = seat;
  tell('held', seat.answer.lease.id);
  const isBorrowed = seat.answer.lease.borrowUntil !== undefined;
  const ordered = isBorrowed ? await nextOrder(seat.endsAtMs - nowMs()) : await keep(seat);
  if (ordered === 'leave') return;
  rmSync(borrowedFile, { force: true });
  if (ordered === null) return tell('lost');
  if (!has('never-gives-back')) await giveBack(held);
  tell('returned');
}

await main();
transport.close();
process.stdin.destroy();
