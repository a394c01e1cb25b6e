import type { Command } from 'commander';
import { join } from 'node:path';
import { z } from 'zod';
import {
  type ClientConfig,
  describeNoServers,
  namesServers,
} from '../../../src-shared/client/client-config.ts';
import { quickConnectMs } from '../../../src-shared/client/rounds.ts';
import { joinNames } from '../../../src-shared/view/join-names.ts';
import { findClientConfig } from '../../client-transport/find-client-config.ts';
import { findServers } from '../../client-transport/find-servers.ts';
import { HttpsTransport } from '../../client-transport/https-transport.ts';
import { KnownServersFile } from '../../client-transport/known-servers-file.ts';
import { systemPorts } from '../../client-transport/system-ports.ts';
import { type PathServer, type PathSource, testPath, whoAnswers } from '../client/path-test.ts';
import {
  addCommand,
  type CommandContext,
  commonOptionsSchema,
  perform,
} from '../frame/command-frame.ts';
import { CliFailure } from '../frame/failure.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatPairs, formatTable, printable } from '../text/table.ts';

const optionsSchema = commonOptionsSchema.extend({
  clientConfig: z.string().min(1).optional(),
});

/** What an application on this workstation would try, in which order, how long it waits, and why. */
export function addDoctorCommand(program: Command, terminal: Terminal): void {
  const command = addCommand(program, 'doctor', {
    summary:
      'say which servers an application here would try, in which order, and what they answer',
    example: 'understudy doctor',
  }).option(
    '--client-config <file>',
    'of this client configuration (default: the one that counts here)',
  );
  perform(command, terminal, optionsSchema, async (context, { clientConfig }) => {
    const { config, file, ruled } = await readConfig(context, clientConfig);
    const isSearched = !namesServers(config) && config.discover;
    const found = isSearched ? await findAccepted(config) : [];
    const transport = new HttpsTransport();
    const knownServers = new KnownServersFile(join(context.ownDirectory, 'known-servers.json'));
    try {
      const ports = { ...systemPorts, transport, knownServers };
      const servers = await testPath({ config, ports, found });
      return describe({ config, file, ruled, isSearched, servers });
    } finally {
      transport.close();
    }
  });
}

async function findAccepted({ fingerprints }: ClientConfig): Promise<string[]> {
  const found = await findServers();
  return found
    .filter(({ id }) => fingerprints.length === 0 || fingerprints.includes(id))
    .map(({ target }) => target);
}

async function readConfig({ terminal, ownDirectory }: CommandContext, named: string | undefined) {
  const env = named === undefined ? terminal.env : { ...terminal.env, UNDERSTUDY_CONFIG: named };
  const found = await findClientConfig({ ...terminal, env, ownDirectory });
  if (found.ok) return found;
  throw new CliFailure(found.code, found.message);
}

interface Diagnosis {
  config: ClientConfig;
  file: string | null;
  ruled: string[];
  isSearched: boolean;
  servers: PathServer[];
}

function describe({ config, file, ruled, isSearched, servers }: Diagnosis) {
  const answers = whoAnswers(servers);
  const waits = describeWaits(config, servers.length);
  const document = {
    file,
    policy: ruled,
    searched: isSearched,
    servers: servers.map(({ isNew, ...server }) => ({ ...server, new: isNew })),
    answers: answers && { server: answers.server.server, afterMs: answers.afterMs },
    waits,
  };
  const text = [
    formatPairs([
      ['Configuration', file ?? 'none: the defaults count'],
      ...(ruled.length > 0
        ? [['Policy', `the policy of this machine decides ${joinNames(ruled)}`] as [string, string]]
        : []),
      [
        'Trusted',
        config.fingerprints.length > 0
          ? `only the ${config.fingerprints.length} keys that are named`
          : 'an address by the key that it shows first',
      ],
    ]),
    servers.length === 0 ? describeNoServers(isSearched) : formatServers(servers),
    ['It waits:', ...waits.map((wait) => printable(`- ${wait}`))].join('\n'),
    ...(answers
      ? [
          printable(
            `A start now would be answered by ${answers.server.server} after about ${answers.afterMs} ms.`,
          ),
        ]
      : []),
  ].join('\n\n');
  if (answers) return { document, text };
  const code = servers.length === 0 ? 'NO_SERVER_CONFIGURED' : 'SERVER_UNREACHABLE';
  const message = 'No licence server would give a seat to an application here now.';
  return { document, text, failure: new CliFailure(code, message) };
}

const sourceText: Record<PathSource, string> = {
  named: 'configuration',
  found: 'the network',
  partner: 'another server',
};

const stateText: Record<PathServer['state'], string> = {
  serving: 'serves',
  standby: 'stands by, and sends on to the one that serves',
  unavailable: 'DOES NOT SERVE',
  unreachable: 'CANNOT BE REACHED',
  distrusted: 'NOT TRUSTED',
  unknown: 'NO LICENCE SERVER',
};

function formatServers(servers: readonly PathServer[]): string {
  return formatTable(
    ['', 'SERVER', 'LIST', 'NAMED BY', 'MS', 'KEY', 'NOW'],
    servers.map(({ server, tier, source, ms, id, isNew, state, detail }, index) => [
      String(index + 1),
      server,
      tier === 'primary' ? 'Primary' : 'Secondary',
      sourceText[source],
      String(ms),
      id === null ? '' : `${id.slice(0, 8)}${isNew ? ' (new here)' : ''}`,
      detail === '' ? stateText[state] : `${stateText[state]}: ${detail}`,
    ]),
  );
}

function describeWaits({ timeoutMs, graceSeconds }: ClientConfig, count: number): string[] {
  const seconds = timeoutMs / 1_000;
  return [
    count > 1
      ? `${quickConnectMs / 1_000} s for a connection while there are other servers to ask, so that a host that is ` +
        `down costs no more; one that takes longer is asked again for ${seconds} s, after the others of its list.`
      : `${seconds} s for a connection, since there is no other server to ask.`,
    `${seconds} s for an answer.`,
    'Secondary servers are asked when no Primary one can be reached, or none has a seat free.',
    `While a server renews no seat, the next one is asked after 0.5 s; an application goes on for ` +
      `${graceSeconds} s after its seat ran out without any server.`,
  ];
}
