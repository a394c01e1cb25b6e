// What keeps the core and the shared code free of the outside: time, chance, threads of control and the
// machine reach them as values, so that one seed replays a whole cluster.

const outside = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'process',
  'crypto',
  'performance',
  'console',
  'globalThis',
  'fetch',
  'Buffer',
  'require',
];

const message = 'Pure code gets time, chance and the machine as values from its caller.';

const noGlobals = (names) => [
  'error',
  ...names.map((name) => ({ name, message: `${name}: ${message}` })),
];

const noBuiltins = [
  'error',
  {
    patterns: [
      {
        regex: '^(node:|electron($|/))',
        message: 'Pure code imports neither Node nor Electron.',
      },
    ],
  },
];

const noChance = { object: 'Math', property: 'random', message: `Math.random: ${message}` };

export const coreRules = {
  'no-restricted-globals': noGlobals([...outside, 'Date', 'Promise']),
  'no-restricted-properties': ['error', noChance],
  'no-restricted-imports': noBuiltins,
  'no-restricted-syntax': [
    'error',
    { selector: ':function[async=true]', message: 'The core is synchronous: it returns effects.' },
    { selector: 'AwaitExpression', message: 'The core is synchronous: it returns effects.' },
    { selector: 'ForOfStatement[await=true]', message: 'The core is synchronous.' },
    { selector: 'ImportExpression', message: 'The core is synchronous: no import().' },
  ],
};

export const sharedRules = {
  'no-restricted-globals': noGlobals(outside),
  'no-restricted-properties': [
    'error',
    noChance,
    { object: 'Date', property: 'now', message: `Date.now: ${message}` },
  ],
  'no-restricted-imports': noBuiltins,
  'no-restricted-syntax': [
    'error',
    {
      selector: "NewExpression[callee.name='Date'][arguments.length=0]",
      message: `new Date(): ${message}`,
    },
    { selector: "CallExpression[callee.name='Date']", message: `Date(): ${message}` },
  ],
};
