import { createRequire } from 'node:module';
import { posix } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cruise, plantTree } from './planted-tree.ts';

// In each room a file takes a type from the floor above it and a value from the one below: the first is
// caught, the second is not. A room on top looks at a door of its hall.

interface Hall {
  hall: string;
  doors: string[];
  floors: string[];
}

const { halls } = createRequire(import.meta.url)('../../../floors.cjs') as { halls: Hall[] };

const looks = (from: string, to: string, what: string): string => {
  const path = posix.relative(posix.dirname(from), to);
  return `import ${what} '${path.startsWith('.') ? path : `./${path}`}';\n`;
};

const planted = halls.flatMap(({ hall, doors, floors }) => {
  const file = (room: string | undefined, name: string) =>
    room && `${hall}/${room.replaceAll('*', 'some')}/${name}`;
  return floors.map((room, index) => ({
    rule: `floor-of-${hall}/${room}`,
    up: file(room, 'looks-up.ts') ?? '',
    down: file(room, 'looks-down.ts') ?? '',
    above: file(floors[index - 1], 'noun.ts') ?? `${hall}/${doors[0]}`,
    below: file(floors[index + 1], 'noun.ts') ?? file(room, 'noun.ts') ?? '',
  }));
});

const noun = 'export interface Noun {\n  id: string;\n}\n';
const tree = plantTree(
  Object.fromEntries(
    planted.flatMap(({ up, down, above, below }) => [
      [up, `${looks(up, above, 'type { Noun } from')}export type Own = Noun;\n`],
      [down, looks(down, below, '')],
      [above, noun],
      [below, noun],
    ]),
  ),
);

afterAll(() => tree.remove());

it('catches a look at the floor above from every floor', { timeout: 60_000 }, () => {
  const found = cruise(tree).filter((violation) => violation.startsWith('floor-of-'));
  expect(found).toEqual(planted.map(({ rule, up }) => `${rule}: ${up}`).sort());
});
