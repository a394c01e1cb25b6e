import { expect, it } from 'vitest';
import { whyOtherMembers } from '../../../src-main/node/config/member-commands.ts';
import type {
  MemberRole,
  MemberStatus,
  RelationshipStatus,
} from '../../../src-shared/model/relationship.ts';
import { serverConfigSchema } from '../../../src-shared/model/server-config.ts';
import { makeRelationship } from '../cli/relationship-builders.ts';

type Kind = RelationshipStatus['kind'];

const roles: Record<Kind, readonly MemberRole[]> = {
  backup: ['main', 'backup'],
  triad: ['primary', 'secondary', 'tertiary'],
  pool: ['leader', 'follower', 'follower'],
};

/** Of servers by names of one letter, `w` a witness. */
function relationshipOf(kind: Kind, letters: string): RelationshipStatus {
  const members = [...letters].map((letter, rank) => ({
    ...(makeRelationship().members[0] as MemberStatus),
    id: idOf(letter),
    name: `lic-${letter}`,
    role: letter === 'w' ? 'witness' : (roles[kind][rank] ?? 'follower'),
  }));
  return makeRelationship({ kind, members, ...(kind === 'pool' && { name: 'floor' }) });
}

const idOf = (letter: string) => letter.repeat(64);

function whyNot(relationship: object, status: RelationshipStatus, ofSeveral = false) {
  const config = serverConfigSchema.parse({ format: 'understudy-config/1', relationship });
  if (!config.relationship) throw new Error('a relationship');
  return whyOtherMembers(config.relationship, status, { ownId: idOf('a'), ofSeveral });
}

const backup = (second: string) => ({ backup: second });
const triad = (secondary: string, tertiary: string) => ({ kind: 'triad', secondary, tertiary });
const pool = (...followers: string[]) => ({ kind: 'pool', name: 'floor', followers });

it.each([
  ['replace lic-b lic-c', backup('lic-c'), relationshipOf('backup', 'ab')],
  ['replace lic-b "lic c"', backup('lic c'), relationshipOf('backup', 'abw')],
  ['order lic-a,lic-b', backup('lic-b'), relationshipOf('backup', 'ba')],
  ['add lic-c', triad('lic-b', 'lic-c'), relationshipOf('backup', 'ab')],
  ['remove lic-b', backup('lic-c'), relationshipOf('triad', 'abc')],
  ['order lic-a,lic-c,lic-b', triad('lic-c', 'lic-b'), relationshipOf('triad', 'abc')],
  ['add lic-d', pool('lic-b', 'lic-c', 'lic-d'), relationshipOf('pool', 'abc')],
  ['remove lic-c', pool('lic-b'), relationshipOf('pool', 'abc')],
])('says by which command the members become those of the file: %s', (command, wish, status) => {
  const why = whyNot(wish, status);
  expect(why).toContain(`this does: understudy relationship ${command}.`);
});

it('says several commands in the order in which they lead there', () => {
  const why = whyNot(pool('lic-d', 'lic-e', 'lic-b'), relationshipOf('pool', 'abc'));
  const commands = ['replace lic-c lic-d', 'add lic-e', 'order lic-a,lic-d,lic-e,lic-b'];
  const said = commands.map((command) => `understudy relationship ${command}`).join('; ');
  expect(why).toContain(`this does: ${said}.`);
});

it('says of several relationships which one', () => {
  const why = whyNot(backup('lic-c'), relationshipOf('backup', 'ab'), true);
  expect(why).toContain(`replace lic-b lic-c --relationship ${makeRelationship().id}.`);
});

it('has no command that makes a pool of something else, or another one of a pool', () => {
  const dissolve = 'Dissolve that one first (understudy relationship dissolve)';
  expect(whyNot(pool('lic-b'), relationshipOf('backup', 'ab'))).toContain(dissolve);
  expect(whyNot(backup('lic-b'), relationshipOf('pool', 'ab'))).toContain(dissolve);
  const other = { ...relationshipOf('pool', 'ab'), name: 'cellar' };
  expect(whyNot(pool('lic-b'), other)).toContain(dissolve);
});

it('has nothing against the same servers, however the file names them', () => {
  const id = idOf('b');
  expect(whyNot(backup(id), relationshipOf('backup', 'abw'))).toBeNull();
  expect(whyNot(triad('lic-b', 'c'.repeat(10)), relationshipOf('triad', 'abc'))).toBeNull();
});
