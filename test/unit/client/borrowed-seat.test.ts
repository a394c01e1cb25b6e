import { expect, it } from 'vitest';
import { makeVendor } from '../../support/licenses.ts';
import { makeServerKey, makeSignedText, sealAnswer } from '../../support/proved-answer.ts';
import { ClientHost } from './client-host.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const borrowUntil = '2026-03-01T18:00:00Z';
const servers = { primary: ['a:7470'] };

/** A client that has borrowed a seat for ten hours and has ended; what it kept. */
async function borrow() {
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const first = host.start(servers, { request: { borrowUntil } });
  expect(first.borrowed).toBeNull();
  const outcome = await host.time.until(first.checkout(), 1_000);
  if (!outcome.ok) throw new Error(outcome.refusal.message);
  const kept = first.borrowed;
  if (kept === null) throw new Error('there is nothing to keep');
  first.close();
  a.behaviour = { type: 'down' };
  return { host, a, kept, lease: outcome.seat.lease.id };
}

it('goes on in a later run without a server, until its end by the clock', async () => {
  const { host, a, kept, lease } = await borrow();
  await host.time.advance(hourMs);
  const sentBefore = host.network.sentCount;
  const second = host.start(servers, { request: { borrowUntil } });
  expect(second.resume(kept)).toMatchObject({ ok: true, seat: { lease: { id: lease } } });
  await host.time.advance(8 * hourMs);
  expect(second.state.state).toBe('held');
  await host.time.advance(2 * hourMs);
  expect(second.state).toMatchObject({ state: 'lost', refusal: { code: 'BORROW_ENDED' } });
  expect(second.borrowed).toBeNull();
  expect(host.network.sentCount).toBe(sentBefore);
  expect(a.heard).toHaveLength(1);
  const third = host.start(servers, { request: { borrowUntil } });
  expect(third.resume(kept)).toMatchObject({ ok: false, refusal: { code: 'BORROW_ENDED' } });
});

it('is given back by a later run, with its token', async () => {
  const { host, a, kept } = await borrow();
  a.behaviour = { type: 'serve' };
  const second = host.start(servers, { request: { borrowUntil } });
  second.resume(kept);
  expect(await host.time.until(second.return(), 5_000)).toMatchObject({ ok: true });
  expect(a.heard.at(-1)).toMatchObject({ token: expect.stringContaining('token-') as unknown });
  expect(host.liveLeases()).toEqual([]);
});

it('is not taken up by a client that holds another seat, which then has nobody to keep it', async () => {
  const { host, a, kept, lease } = await borrow();
  a.behaviour = { type: 'serve' };
  const b = host.network.add('b:7470');
  const second = host.start({ primary: ['b:7470'] });
  const outcome = await host.time.until(second.checkout(), 1_000);
  if (!outcome.ok) throw new Error(outcome.refusal.message);
  expect(second.resume(kept)).toEqual(outcome);
  await host.time.until(second.return(), 5_000);
  await host.time.advance(hourMs);
  expect(b.live()).toEqual([]);
  expect(host.liveLeases()).toEqual([lease]);
});

it('is not given back when the answer to a checkout before it comes late', async () => {
  const { host, a, kept, lease } = await borrow();
  a.behaviour = { type: 'slow', ms: 3_000 };
  const second = host.start({ ...servers, timeoutMs: 1_000 }, { request: { borrowUntil } });
  expect(await host.time.until(second.checkout(), 2_000)).toMatchObject({ ok: false });
  expect(second.resume(kept)).toMatchObject({ ok: true });
  await host.time.advance(minuteMs);
  expect(host.liveLeases()).toEqual([lease]);
  expect(second.state).toMatchObject({ state: 'held', seat: { lease: { id: lease } } });
});

it('is not taken up during a checkout or a return, which goes on', async () => {
  const { host, a, kept, lease } = await borrow();
  a.behaviour = { type: 'slow', ms: 500 };
  const busy = { ok: false, refusal: { code: 'BORROW_UNUSABLE' } };
  const second = host.start(servers, { request: { borrowUntil } });
  const outcome = second.checkout();
  expect(second.resume(kept)).toMatchObject(busy);
  expect(second.state.state).toBe('checkingOut');
  expect(await host.time.until(outcome, 1_000)).toMatchObject({ ok: true });
  const returned = second.return();
  expect(second.resume(kept)).toMatchObject(busy);
  expect(await host.time.until(returned, 5_000)).toMatchObject({ ok: true });
  expect(second.state).toMatchObject({ state: 'returned', seat: { lease: { id: lease } } });
  expect(host.liveLeases()).toEqual([]);
});

it('is taken up again by a client that was closed', async () => {
  const { host, kept, lease } = await borrow();
  const second = host.start(servers, { request: { borrowUntil } });
  second.resume(kept);
  second.close();
  expect(second.resume(kept)).toMatchObject({ ok: true, seat: { lease: { id: lease } } });
  await host.time.advance(11 * hourMs);
  expect(second.state.state).toBe('lost');
});

it('is not taken up for another holder, in another form, or by a clock that was set back', async () => {
  const { host, kept } = await borrow();
  const resume = (text: string, instance = 'instance-1') => {
    const client = { instance, user: 'ann', host: 'ws-1' };
    return host.start(servers, { request: { borrowUntil, client } }).resume(text);
  };
  const unusable = { ok: false, refusal: { code: 'BORROW_UNUSABLE' } };
  expect(resume(kept, 'instance-2')).toMatchObject(unusable);
  expect(resume('{}')).toMatchObject(unusable);
  expect(resume('')).toMatchObject(unusable);
  host.time.nowMs -= hourMs;
  expect(resume(kept)).toMatchObject(unusable);
  host.time.nowMs += hourMs;
  expect(resume(kept)).toMatchObject({ ok: true });
});

it('has to be the vendor’s when the application asks for that', async () => {
  const acme = await makeVendor('Acme');
  const impostor = await makeVendor('Acme');
  const host = new ClientHost();
  const a = host.network.add('a:7470');
  const server = makeServerKey();
  a.fingerprint = server.id;
  const license = { id: 'acme.cad', feature: 'drafting', servers: [server.id] };
  const signedText = await makeSignedText(acme, license);
  const borrow = Date.parse(borrowUntil) / 1000;
  a.seal = (answer, nonce) => {
    const nowSeconds = Math.floor(host.time.wallMs() / 1000);
    return sealAnswer(answer, nonce, {
      server,
      signedText,
      license,
      nowSeconds,
      claims: { borrow },
    });
  };
  const start = (vendor: typeof acme) => {
    const { publicKey } = vendor.key;
    const key = { format: 'understudy-vendor/1' as const, vendor: 'Acme', publicKey };
    return host.start(servers, { request: { borrowUntil }, vendor: { keys: [key] } });
  };
  const first = start(acme);
  expect(await host.time.until(first.checkout(), 1_000)).toMatchObject({ ok: true });
  const kept = first.borrowed ?? '';
  expect(start(impostor).resume(kept)).toMatchObject({
    ok: false,
    refusal: { code: 'LICENSE_NOT_PROVED' },
  });
  expect(start(acme).resume(kept)).toMatchObject({ ok: true });
});
