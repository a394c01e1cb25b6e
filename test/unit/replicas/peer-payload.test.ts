import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { PeerMessage } from '../../../src-main/node/core/replica/message.ts';
import {
  imageHeadSchema,
  imageLists,
  type LinkPayload,
  type replicaMessageSchema,
} from '../../../src-main/node/replicas/peer-payload.ts';
import { parseLinkPayload } from '../../../src-main/node/replicas/parse-payload.ts';
import { changeSamples, messageSamples, payloadSamples } from '../../support/peer-messages.ts';
import { makeLease, otherId } from '../../support/records.ts';

const term = { number: 2, member: otherId };
const { image, ...messages } = messageSamples(term);

/** As it comes out of the frame at the other end. */
function cross(payload: unknown): unknown {
  return JSON.parse(JSON.stringify(payload));
}

function parseMessage(message: object) {
  return parseLinkPayload(cross({ type: 'ledger', ledger: 'ledger-1', message }));
}

type Said = Exclude<PeerMessage, { type: 'image' }>;
type Read = z.infer<typeof replicaMessageSchema>;
type FieldOf<Of extends { type: string }, T> = keyof Extract<Of, { type: T }>;
/** Fields of messages, the optional ones too, that no schema knows: they would be lost on the way. */
type Unread = { [T in Said['type']]: Exclude<FieldOf<Said, T>, FieldOf<Read, T>> }[Said['type']];

describe('what a replica says', () => {
  it('has a schema for every field, which the compiler sees to', () => {
    expectTypeOf<Unread>().toBeNever();
  });

  it.each(Object.values(messages))('crosses the link unchanged: $type', (message) => {
    const payload: LinkPayload = { type: 'ledger', ledger: 'ledger-1', message };
    expect(parseLinkPayload(cross(payload))).toEqual({ ok: true, value: payload });
  });

  it.each(Object.values(changeSamples))('may have every change in it: $type', (change) => {
    const entries = [{ index: 2, term, changes: [change] }];
    const message: PeerMessage = { ...messages.append, entries };
    expect(parseMessage(message)).toMatchObject({ ok: true, value: { message } });
  });

  it('crosses as an image by an offer, the ledger without its long lists and those apart', () => {
    const { image: whole, ...what } = image;
    const offer = { type: 'offer', ledger: 'ledger-1', transfer: 1, what };
    expect(parseLinkPayload(cross(offer))).toEqual({ ok: true, value: offer });
    const { licenses, vendors, ended, leases, ...rest } = whole.ledger;
    const head = { position: whole.position, ledger: rest };
    expect(imageHeadSchema.parse(cross(head))).toEqual(head);
    for (const [name, list] of Object.entries({ licenses, vendors, ended, leases })) {
      const { schema } = imageLists[name as keyof typeof imageLists];
      for (const one of list) expect(schema.parse(cross(one))).toEqual(one);
    }
    expect(parseMessage(image)).toMatchObject({ ok: false });
  });
});

describe('any other payload', () => {
  it.each(Object.values(payloadSamples))('crosses the link unchanged: $type', (payload) => {
    expect(parseLinkPayload(cross(payload))).toEqual({ ok: true, value: payload });
  });
});

describe('what is malformed', () => {
  const { append, heartbeat, appendReject } = messages;
  const [entry] = append.entries;
  const withChange = (change: unknown) => ({
    ...append,
    entries: [{ ...entry, changes: [change] }],
  });
  const messageCases: [string, object][] = [
    ['an unknown type', { ...heartbeat, type: 'obey' }],
    ['the type of an object', { ...heartbeat, type: '__proto__' }],
    ['no term', { ...heartbeat, term: undefined }],
    ['a negative term', { ...heartbeat, term: { number: -1, member: otherId } }],
    ['a broken term', { ...heartbeat, term: { number: 1.5, member: otherId } }],
    ['a term beyond numbers', { ...heartbeat, term: { number: 2 ** 53, member: otherId } }],
    ['a term of nobody that could be', { ...heartbeat, term: { number: 1, member: 'me' } }],
    ['too many members', { ...heartbeat, syncSet: Array(17).fill(otherId) }],
    ['too many entries', { ...append, entries: Array(20_001).fill({ ...entry, changes: [] }) }],
    ['a change of an unknown kind', withChange({ type: 'wish' })],
    ['a lease without a holder', withChange({ ...changeSamples.lease, after: { id: 'x' } })],
    [
      'a lease of no units',
      withChange({ type: 'lease', before: null, after: makeLease(1, { units: 0 }) }),
    ],
    ['a usage record that is none', withChange({ type: 'usage', after: {} })],
    ['an event of an unknown kind', withChange({ type: 'event', after: { kind: 'party' } })],
    ['a hint that is none', { ...appendReject, hint: null }],
    ['a vote without a word on transfer', { ...messages.vote, transfer: undefined }],
  ];
  it.each(messageCases)('is refused: %s', (_, message) => {
    expect(parseMessage(message)).toEqual({ ok: false, problem: expect.any(String) });
  });

  it.each([
    null,
    7,
    '',
    [],
    {},
    { type: 'ledger' },
    { type: 'ledger', ledger: '', message: heartbeat },
    { type: 'ledger', ledger: 'x'.repeat(65), message: heartbeat },
    { ...payloadSamples.call, id: -1 },
    { ...payloadSamples.call, method: 'x'.repeat(65) },
    { ...payloadSamples.answer, answer: { ok: 'yes' } },
    { ...payloadSamples.offer, what: { type: 'gift' } },
    { ...payloadSamples.journalGrew, sequence: 1e300 },
  ])('is refused: %j', (payload) => {
    expect(parseLinkPayload(payload)).toEqual({ ok: false, problem: expect.any(String) });
  });

  it('is told with the place that is wrong', () => {
    const parsed = parseMessage({ ...heartbeat, round: 'many' });
    expect(parsed).toMatchObject({ problem: expect.stringContaining('message.round') });
  });
});
