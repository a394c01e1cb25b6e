import { expect, it } from 'vitest';
import { makeRequestFile } from '../../../src-main/node/relationships/request-file.ts';
import { readServerRequest } from '../../../src-main/node/licensing/read-request.ts';
import type { RelationshipStatus } from '../../../src-shared/model/relationship.ts';
import { relationshipSettingsDefault } from '../../../src-shared/model/relationship.ts';
import { makeServerKey, type TestServerKey } from '../../support/proved-answer.ts';

const main = makeServerKey();
const backup = makeServerKey();
const witness = makeServerKey();

function relationshipOf(...members: [TestServerKey, 'main' | 'backup' | 'witness'][]) {
  const status: RelationshipStatus = {
    id: 'r',
    kind: 'backup',
    policy: 'strict',
    mutual: false,
    members: members.map(([{ id }, role]) => ({
      id,
      role,
      name: role,
      address: '',
      paired: true,
      connected: true,
      synchronised: true,
      clockDifferenceMs: null,
      version: null,
    })),
    ledgers: [],
    readiness: { ready: true, reasons: [], together: [] },
    settings: relationshipSettingsDefault,
    state: 'established',
    pending: null,
  };
  return { statuses: () => [status] };
}

function contentOf(identity: TestServerKey, relationships: { statuses(): RelationshipStatus[] }) {
  const settings = { current: { name: 'own' } };
  return makeRequestFile({ identity, settings, relationships }).content;
}

it('names the server alone, or those of its relationship without the witness', () => {
  const alone = readServerRequest(contentOf(main, { statuses: () => [] }));
  expect(alone).toMatchObject({ ok: true, request: { servers: [{ id: main.id, name: 'own' }] } });
  const related = relationshipOf([main, 'main'], [backup, 'backup'], [witness, 'witness']);
  const read = readServerRequest(contentOf(backup, related));
  if (!read.ok) throw new Error(read.message);
  expect(read.request.servers).toEqual([
    { id: backup.id, name: 'own' },
    { id: main.id, name: 'main' },
  ]);
});

interface Jws {
  payload: string;
  protected: string;
  signature: string;
}

function changed(text: string, change: (jws: Jws) => Partial<Jws>): string {
  const jws = JSON.parse(text) as Jws;
  return JSON.stringify({ ...jws, ...change(jws) });
}

/** The last character of 64 bytes says two bits; the next one of the alphabet says the same two. */
function otherSpelling(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const spelling = `${signature.slice(0, -1)}${alphabet[alphabet.indexOf(signature.slice(-1)) + 1]}`;
  const bytes = (text: string) => Buffer.from(text, 'base64url').toString('hex');
  expect(bytes(spelling)).toBe(bytes(signature));
  return spelling;
}

const decode = (member: string) =>
  JSON.parse(Buffer.from(member, 'base64url').toString()) as Record<string, unknown>;
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

it.each([
  ['is no file at all', () => ''],
  ['is a licence file', () => '{"payload":"e30","protected":"e30","signature":"AAAA"}'],
  [
    'names another server than was signed',
    (text: string) =>
      changed(text, ({ payload }) => {
        const servers = [{ id: backup.id, name: 'x' }];
        return { payload: encode({ ...decode(payload), servers }) };
      }),
  ],
  [
    'is signed by a server that it does not name',
    () => {
      const other = makeServerKey();
      return contentOf({ ...other, id: main.id }, { statuses: () => [] });
    },
  ],
  ['has no signature', (text: string) => changed(text, () => ({ signature: 'AAAA' }))],
  [
    'has the signature in another spelling',
    (text: string) => changed(text, ({ signature }) => ({ signature: otherSpelling(signature) })),
  ],
])('is refused when it %s', (_, make) => {
  const text = make(contentOf(main, { statuses: () => [] }));
  expect(readServerRequest(text)).toMatchObject({ ok: false, code: 'REQUEST_MALFORMED' });
});
