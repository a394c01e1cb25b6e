// What `understudy serve` takes, without what every command takes; a test compares it with the command.
export const serveOptions = {
  name: 'value',
  listen: 'value',
  'no-mdns': 'flag',
  peer: 'values',
  config: 'value',
  'start-anew': 'flag',
  'admit-group': 'flag',
};

const dataDirOptions = { 'data-dir': 'value', 'user-data-dir': 'value' };

/**
 * The words after `npm start --`, apart: the data directory or undefined, what a server without a
 * window is given, what is left, and `others`, all but the data directory, in their order.
 */
export function readStartOptions(args) {
  const found = { dataDir: undefined, serve: [], rest: [], others: [] };
  for (let at = 0; at < args.length;) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(args[at]) ?? [];
    const words = args.slice(at, at + 1 + countValues(args.slice(at + 1), name, value));
    at += words.length;
    if (name in dataDirOptions) {
      found.dataDir ??= value ?? words[1];
      continue;
    }
    found.others.push(...words);
    (name in serveOptions ? found.serve : found.rest).push(...words);
  }
  return found;
}

/** Why these words cannot start the application with a window, and what to do; null: they can. */
export function describeUnfit(args) {
  const { serve } = readStartOptions(args);
  if (serve.length === 0) return null;
  return (
    `${serve.join(' ')} counts only without a window. With one, the Settings tab sets the name, the address ` +
    'and what is looked for. For a server without a window, unset DISPLAY and WAYLAND_DISPLAY. ' +
    'Nothing was started.'
  );
}

/** How many of the words that follow an option are its own. */
function countValues(following, name, value) {
  const kind = serveOptions[name] ?? dataDirOptions[name];
  if (value !== undefined || kind === undefined || kind === 'flag') return 0;
  if (kind === 'value') return Math.min(1, following.length);
  const end = following.findIndex((word) => word.startsWith('-'));
  return end < 0 ? following.length : end;
}
