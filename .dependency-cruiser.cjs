// Who may import whom. Every layer lists what it may see; anything else is an error. Within a hall a
// floor sees those under it (floors.cjs). What is imported for its types counts like anything else.
const { halls, roomsOf } = require('./floors.cjs');

const layers = [
  {
    name: 'shared',
    comment: 'src-shared is pure: it sees only itself and zod.',
    from: '^src-shared/',
    sees: ['^src-shared/', '^node_modules/zod/'],
  },
  {
    name: 'core',
    comment: 'The core is a pure state machine: it sees only itself and src-shared.',
    from: '^src-main/node/core/',
    sees: ['^src-main/node/core/', '^src-shared/'],
  },
  {
    name: 'licensing',
    comment: 'Licence files become values of the core, without the rest of the node.',
    from: '^src-main/node/licensing/',
    sees: [
      '^src-main/node/licensing/',
      '^src-main/node/core/ledger/admin-request\\.ts$',
      '^src-shared/',
      '^assets/demo/',
      '^node_modules/',
    ],
    builtins: true,
  },
  {
    name: 'node',
    comment: 'The node runs without Electron and knows nothing of the shell.',
    from: '^src-main/node/',
    sees: [
      '^src-main/(node|mdns|files)/',
      '^src-main/admin/admin-address\\.ts$',
      '^src-shared/',
      '^assets/demo/',
      '^node_modules/',
    ],
    builtins: true,
  },
  {
    name: 'shell',
    comment: 'The shell talks to the node over its administration channel, never to its insides.',
    from: '^src-main/desktop/',
    fromNot: '^src-main/desktop/window/preload\\.ts$',
    sees: [
      '^src-main/(desktop|security|admin|files)/',
      '^src-main/node/index\\.ts$',
      '^src-shared/',
      '^node_modules/',
    ],
    builtins: true,
  },
  {
    name: 'security',
    comment: 'What a window may load and call is decided without the node and without the shell.',
    from: '^src-main/security/',
    sees: ['^src-main/security/', '^src-shared/', '^node_modules/electron/', '^electron$'],
    builtins: true,
  },
  {
    name: 'process',
    comment: 'What the programs share as processes knows the node and no other program.',
    from: '^src-main/process/',
    sees: ['^src-main/(process|node)/', '^src-shared/'],
    builtins: true,
  },
  {
    name: 'preload',
    comment: 'The sandboxed preload sees the IPC contract and Electron.',
    from: '^src-main/desktop/window/preload\\.ts$',
    sees: ['^src-shared/contract/ipc', '^node_modules/electron/', '^electron$'],
  },
  {
    name: 'admin',
    comment: 'The administration client needs the shared contract and a local socket only.',
    from: '^src-main/admin/',
    sees: ['^src-main/(admin|files)/', '^src-shared/'],
    builtins: true,
  },
  {
    name: 'mdns',
    comment:
      'What servers say of themselves on the network is read in one way, by servers and by clients.',
    from: '^src-main/mdns/',
    sees: ['^src-main/mdns/', '^src-shared/', '^node_modules/'],
    builtins: true,
  },
  {
    name: 'files',
    comment: 'What all programs do with files knows none of them.',
    from: '^src-main/files/',
    sees: ['^src-main/files/'],
    builtins: true,
  },
  {
    name: 'client-transport',
    comment: 'A licence client is no part of a node.',
    from: '^src-main/client-transport/',
    sees: ['^src-main/(client-transport|mdns|files)/', '^src-shared/', '^node_modules/'],
    builtins: true,
  },
  {
    name: 'cli',
    comment: 'The command line reaches a node through the administration client.',
    from: '^src-main/cli/',
    sees: [
      '^src-main/(cli|admin|client-transport|files|node/(licensing|backup|config))/',
      '^src-main/process/run-serve\\.ts$',
      '^src-main/node/peers/pairing/pairing-code\\.ts$',
      '^src-shared/',
      '^node_modules/',
    ],
    builtins: true,
  },
  {
    name: 'renderer',
    comment: 'The renderer sees src-shared and its user-interface libraries.',
    from: '^src-renderer/',
    sees: [
      '^src-renderer/',
      '^src-shared/',
      '^assets/',
      '^node_modules/(@types/)?(react|react-dom)/',
      '^node_modules/(@fluentui|@tanstack|zod)/',
    ],
  },
];

/** One rule a room: in its hall it sees itself and the rooms under it. */
const floors = halls.flatMap((hall) =>
  roomsOf(hall).map(({ name, files }, index, rooms) => ({
    name: `floor-of-${name}`,
    comment: 'A floor sees those under it. What both need belongs on the lower one.',
    severity: 'error',
    from: { path: files },
    to: {
      path: `^${hall.hall}/`,
      pathNot: [
        // Of the rooms in the place of a `*` its own.
        files.replace('([^/]+)', '$1'),
        ...rooms.slice(index + 1).map((room) => room.files),
      ],
    },
  })),
);

const roots = '^src-main/(main|serve|node-process|cli)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layers.map(({ name, comment, from, fromNot, sees, builtins }) => ({
      name: `${name}-sees`,
      comment,
      severity: 'error',
      from: { path: from, ...(fromNot && { pathNot: fromNot }) },
      to: { pathNot: sees, ...(builtins && { dependencyTypesNot: ['core'] }) },
    })),
    ...floors,
    {
      name: 'electron-in-the-shell-only',
      comment: 'The node, its administration and the command line run on plain Node.',
      severity: 'error',
      from: {
        pathNot: ['^src-main/(desktop|security)/', '^src-main/main\\.ts$'],
      },
      to: {
        path: ['^node_modules/(electron|electron-store|electron-log)/', '^electron$'],
        pathNot: '^node_modules/electron-log/node\\.',
      },
    },
    {
      name: 'nobody-imports-a-composition-root',
      comment: 'Wiring is at the top: only another composition root may hand over to one.',
      severity: 'error',
      from: { path: '^src-', pathNot: roots },
      to: { path: roots },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^src-' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'no-circular',
      comment: 'Types may refer to each other; what runs may not.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    preserveSymlinks: true,
    // The build tools may run on a Node that is older than Electron's.
    builtInModules: { add: ['node:sqlite', 'sqlite'] },
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.d.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
