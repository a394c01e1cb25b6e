// The rooms of the house by hall, the highest floor first: a floor sees those under it and none above.
// A room has its subfolders in it, except those that are rooms of their own; `*` is any folder in its
// place, all on one floor. The doors are the files of a hall that are in no room.

const halls = [
  {
    hall: 'src-shared',
    doors: ['app-version.d.ts'],
    floors: ['client', 'contract', 'model'],
  },
  {
    hall: 'src-main/node',
    doors: ['index.ts', 'license-node.ts'],
    floors: [
      'assemble',
      'admin-api',
      'views',
      'relationships',
      'orders',
      'serving',
      'replicas',
      'peers',
      'peers/discovery',
      'peers/pairing',
      'peers/link',
      'client-api',
      'store',
      'identity',
      'settings',
      'licensing',
      'base',
      'core/replica',
      'core/ledger',
    ],
  },
];

/** What still runs up, and goes with the parts that are being rebuilt. */
const arrowsUp = [
  'src-main/node/license-node.ts',
  'src-main/node/relationships/relationship-rules.ts',
  'src-main/node/replicas/peer-payload.ts',
  'src-main/node/peers/server-timeline.ts',
];

const pattern = (text) => text.replaceAll('.', '\\.').replaceAll('*', '[^/]+');

/** The rooms of a hall, the highest first, each with the expression that its files match. */
function roomsOf({ hall, floors }) {
  return floors.map((room) => {
    const inner = floors.filter((other) => other.startsWith(`${room}/`));
    const without = inner.map((other) => `(?!${pattern(other.slice(room.length + 1))}/)`).join('');
    return { name: `${hall}/${room}`, files: `^${pattern(`${hall}/${room}`)}/${without}` };
  });
}

/** Whether a file is one of those that stand in a hall, outside of its rooms. */
function isDoor(file) {
  return halls.some(({ hall, doors }) => doors.some((door) => file === `${hall}/${door}`));
}

/** Whether a file is in a room. */
function isInRoom(file) {
  return halls.flatMap(roomsOf).some(({ files }) => new RegExp(files).test(file));
}

module.exports = { arrowsUp, halls, isDoor, isInRoom, roomsOf };
