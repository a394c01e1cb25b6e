// The rooms of the house by hall, the highest floor first: a floor sees those under it and none above.
// A room has its subfolders in it, except those that are rooms of their own. `*` is any folder in its
// place: those share a floor, and do not see each other. A room that is a hall is one of these again.
// The doors are the files of a hall that are in no room.

const halls = [
  {
    hall: 'src-shared',
    doors: ['app-version.d.ts'],
    floors: ['client', 'view', 'contract', 'model'],
  },
  {
    hall: 'src-renderer',
    doors: ['index.html'],
    floors: [
      'app',
      'tabs/*',
      'features/*',
      'components/layout',
      'components/buttons',
      'components/forms',
      'components/grid',
      'components/marks',
      'base',
    ],
  },
  {
    hall: 'src-main',
    doors: ['main.ts', 'serve.ts', 'node-process.ts', 'cli.ts'],
    floors: [
      'desktop',
      'cli',
      'security',
      'process',
      'client-transport',
      'node',
      'admin',
      'mdns',
      'files',
      'windows-host',
    ],
  },
  {
    hall: 'src-main/desktop',
    doors: [],
    floors: ['start', 'window', 'tray', 'notifications', 'node', 'base'],
  },
  {
    hall: 'src-main/cli',
    doors: [],
    floors: ['start', 'commands', 'client', 'text', 'frame'],
  },
  {
    hall: 'src-main/node',
    doors: ['index.ts'],
    floors: [
      'assemble',
      'admin-api',
      'views',
      'config',
      'roll-out',
      'relationships',
      'orders',
      'serving',
      'replicas',
      'peers',
      'peers/discovery',
      'peers/pairing',
      'peers/link',
      'client-api',
      'notify',
      'backup',
      'store',
      'identity',
      'settings',
      'licensing',
      'base',
      'core/replica',
      'core/ledger',
      'core/rows',
    ],
  },
];

const pattern = (text) => text.replaceAll('.', '\\.').replaceAll('*', '([^/]+)');

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

/** Whether a file is in a room, of the innermost hall that it stands in. */
function isInRoom(file) {
  const around = halls.filter(({ hall }) => file.startsWith(`${hall}/`));
  const [innermost] = around.sort((one, other) => other.hall.length - one.hall.length);
  return roomsOf(innermost).some(({ files }) => new RegExp(files).test(file));
}

module.exports = { halls, isDoor, isInRoom, roomsOf };
