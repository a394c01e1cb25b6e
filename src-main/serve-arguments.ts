import { parseArgs } from 'node:util';
import { nodeSettingsSchema } from '../src-shared/model/node-settings.ts';
import { parseHostPort } from './node/base/host-address.ts';
import type { NodeOptions } from './node/index.ts';

export const serveUsage = `Usage: understudy serve --data-dir DIR [options]

Runs a licence server without a window until it gets SIGTERM or SIGINT. Prints one line
"ready {json}" with id, name, port and address as soon as clients can connect.

  --data-dir DIR      where the server keeps its licences, leases and key
  --name NAME         the name that admins and clients see (default: the host's)
  --listen HOST:PORT  where clients connect (default: 0.0.0.0:7470)
  --no-mdns           neither look for other servers on the network nor be found there
  --peer HOST:PORT    look for another server there; can be given several times
  --start-anew        put a damaged ledger aside and begin an empty one
  --help              print this
`;

export type ServeArguments = Pick<
  NodeOptions,
  'dataDirectory' | 'name' | 'listen' | 'mdns' | 'fixedPeers' | 'startAnew'
>;

const optionTypes = {
  'data-dir': { type: 'string' },
  name: { type: 'string' },
  listen: { type: 'string' },
  'no-mdns': { type: 'boolean' },
  peer: { type: 'string', multiple: true },
  'start-anew': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What was asked for, or a sentence that says what is wrong. */
export function parseServeArguments(
  argv: readonly string[],
): { type: 'serve'; options: ServeArguments } | { type: 'help' } | { type: 'wrong'; why: string } {
  const wrong = (why: string) => ({ type: 'wrong', why }) as const;
  let values;
  try {
    ({ values } = parseArgs({ args: [...argv], options: optionTypes }));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  if (values.help) return { type: 'help' };
  const dataDirectory = values['data-dir'];
  if (!dataDirectory) return wrong('Say with --data-dir DIR where the server keeps its data.');
  const name = nodeSettingsSchema.shape.name.optional().safeParse(values.name);
  if (!name.success) return wrong('--name must have 1 to 63 characters.');
  const listen = values.listen === undefined ? undefined : parseHostPort(values.listen);
  const host = nodeSettingsSchema.shape.listenHost.safeParse(listen?.host ?? 'localhost');
  if (values.listen !== undefined && (!listen || !host.success)) {
    return wrong(`--listen ${values.listen} is not HOST:PORT, such as 0.0.0.0:7470.`);
  }
  const peers = nodeSettingsSchema.shape.fixedPeers.optional().safeParse(values.peer);
  if (!peers.success) {
    return wrong(`--peer ${values.peer?.join(' ')} is not up to 32 times HOST:PORT.`);
  }
  const options = {
    dataDirectory,
    name: name.data,
    listen,
    mdns: values['no-mdns'] ? false : undefined,
    fixedPeers: peers.data,
    startAnew: values['start-anew'] ?? false,
  };
  return { type: 'serve', options };
}
