import { createRequire } from 'node:module';
import { posix } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { cruise, plantTree } from './planted-tree.ts';

// In each room a file takes a type from the floor above it and one from the floor below: the first is
// caught, the second is not. The room on top looks at a door of its hall, if it has one. A room that
// shares its floor looks at its neighbour, too.

interface Hall {
  hall: string;
  doors: string[];
  floors: string[];
}

const { halls } = createRequire(import.meta.url)('../../../floors.cjs') as { halls: Hall[] };

/** A file of `from` that imports from `to`; undefined: there is no such floor. */
interface Look {
  rule: string;
  from: string;
  to: string | undefined;
}

const file = (hall: string, room: string | undefined, name: string, one = 'one') =>
  room && `${hall}/${room.replaceAll('*', one)}/${name}`;

const rooms = halls.flatMap(({ hall, doors, floors }) =>
  floors.map((room, index) => {
    const rule = `floor-of-${hall}/${room}`;
    const at = (name: string) => `${hall}/${room.replaceAll('*', 'one')}/${name}`;
    const above =
      index > 0 ? file(hall, floors[index - 1], 'noun.ts') : doors[0] && `${hall}/${doors[0]}`;
    const beside = room.includes('*') ? file(hall, room, 'noun.ts', 'other') : undefined;
    const below = file(hall, floors[index + 1], 'noun.ts');
    return {
      forbidden: [
        { rule, from: at('looks-up.ts'), to: above },
        { rule, from: at('looks-aside.ts'), to: beside },
      ],
      allowed: { rule, from: at('looks-down.ts'), to: below },
    };
  }),
);

const isPlanted = (look: Look): look is Look & { to: string } => look.to !== undefined;
const forbidden = rooms.flatMap((room) => room.forbidden).filter(isPlanted);
const allowed = rooms.map((room) => room.allowed).filter(isPlanted);

const imports = ({ from, to }: { from: string; to: string }): string => {
  const path = posix.relative(posix.dirname(from), to);
  const name = path.startsWith('.') ? path : `./${path}`;
  return `import type { Noun } from '${name}';\nexport type Own = Noun;\n`;
};

const noun = 'export interface Noun {\n  id: string;\n}\n';
const tree = plantTree(
  Object.fromEntries(
    [...forbidden, ...allowed].flatMap((look) => [
      [look.from, imports(look)],
      [look.to, noun],
    ]),
  ),
);

afterAll(() => tree.remove());

it('catches a look at the floor above from every floor', { timeout: 60_000 }, () => {
  const found = cruise(tree).filter((violation) => violation.startsWith('floor-of-'));
  expect(found).toEqual(forbidden.map(({ rule, from }) => `${rule}: ${from}`).sort());
});
