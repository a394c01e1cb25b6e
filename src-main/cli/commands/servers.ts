import { shortId } from '../../../src-shared/view/short-id.ts';
import type { Command } from 'commander';
import { resolve } from 'node:path';
import { z } from 'zod';
import { serverAddressSchema } from '../../../src-shared/model/scalars.ts';
import { partsAllowed } from '../../../src-shared/model/consent.ts';
import type { KeyRotation } from '../../../src-shared/model/key-rotation.ts';
import type { InvitationStatus, ServerRow } from '../../../src-shared/model/server-row.ts';
import { describeAllowed, memberMayOrder } from '../../../src-shared/view/describe-consent.ts';
import { describeTries, triesAdvice } from '../../../src-shared/view/describe-tries.ts';
import { describeNotTold } from '../../../src-shared/view/describe-not-told.ts';
import { describeClock } from '../../../src-shared/view/describe-clock.ts';
import { addCommand, addGroup, commonOptionsSchema, perform } from '../frame/command-frame.ts';
import { UsageFailure } from '../frame/failure.ts';
import { callNode } from '../frame/open-node.ts';
import { yesOrNo } from '../text/relationship-text.ts';
import { describeNextKey } from '../text/next-key-text.ts';
import { formatTable, printable } from '../text/table.ts';
import { readAnswer } from '../frame/read-answer.ts';
import type { Terminal } from '../frame/terminal.ts';
import { formatLocalTime } from '../text/time-text.ts';
import { writeNewFile } from '../frame/new-file.ts';

export function addServersCommands(program: Command, terminal: Terminal): void {
  const group = addGroup(program, 'servers', 'the other servers: find them and pair with them');
  addList(group, terminal);
  addInvite(group, terminal);
  addInvitation(group, terminal);
  addPair(group, terminal);
  addForget(group, terminal);
  addRequestFile(group, terminal);
  addRotateKey(group, terminal);
}

function addList(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'list', {
    summary: 'show the servers that are paired with this one, and those that were found',
    example: 'understudy servers list',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    const document = await callNode(context, 'servers.list', {});
    return { document, text: describeServers(document.servers) };
  });
}

const allowOptionsSchema = commonOptionsSchema.extend({
  allow: z.literal('relationship').optional(),
});

const allowHelp =
  'relationship: let the other server set up a relationship with this one without asking again';

function addInvite(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'invite', {
    summary: 'make a one-time code with which another server can pair with this one',
    example: 'understudy servers invite --allow relationship',
  }).option('--allow <what>', allowHelp);
  perform(command, terminal, allowOptionsSchema, async (context, { allow }) => {
    const document = await callNode(context, 'servers.invite', allow ? { allow } : {});
    const { code, expiresAt, addresses } = document;
    const text = [
      `Code: ${code}`,
      '',
      describeAllowed(partsAllowed(document.allowed), 'this server', 'the other server'),
      ...(allow ? [memberMayOrder] : []),
      '',
      `The code is good for one pairing until ${formatLocalTime(expiresAt)}. On the other server:`,
      ...addresses.map((address) => `  understudy servers pair ${address}`),
    ];
    return { document, text: text.join('\n') };
  });
}

function addInvitation(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'invitation', {
    summary: 'show whether an invitation is open, and what wrong codes it has been tried with',
    example: 'understudy servers invitation',
  });
  perform(command, terminal, commonOptionsSchema, async (context) => {
    const { invitation } = await callNode(context, 'snapshot', {});
    return { document: { invitation }, text: describeInvitation(invitation) };
  });
}

function describeInvitation(invitation: InvitationStatus | null): string {
  if (!invitation) return 'No invitation is open. To make one: understudy servers invite';
  const tries = describeTries(invitation);
  return [
    `An invitation is open until ${formatLocalTime(invitation.expiresAt)}. Its code was shown only to ` +
      'the one who made it.',
    describeAllowed(partsAllowed(invitation.allowed), 'this server', 'the other server'),
    ...(tries.length === 0
      ? ['No wrong code has come.']
      : [
          '',
          'Wrong codes came from:',
          ...tries.map((line) => `  ${printable(line)}`),
          triesAdvice,
        ]),
  ].join('\n');
}

function addPair(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'pair <host:port> [code]', {
    summary: 'pair with the server at an address, by the code that was made there',
    example: 'understudy servers pair licences-2:7470',
  }).option('--allow <what>', allowHelp);
  perform(command, terminal, allowOptionsSchema, async (context, { allow }, args) => {
    const [given = '', onCommandLine] = args;
    const address = serverAddressSchema.safeParse(given);
    if (!address.success) {
      throw new UsageFailure(`${given} is not HOST:PORT, such as licences-2:7470`);
    }
    const code = onCommandLine ?? (await readAnswer(terminal, 'Code: '));
    if (code === '')
      throw new UsageFailure('A code is needed: as an argument, or on standard input');
    const pairing = { address: address.data, code, ...(allow ? { allow } : {}) };
    const document = await callNode(context, 'servers.pair', pairing);
    const { server, allows } = document;
    const lines = [
      `Paired with ${server.name}.`,
      `Its fingerprint is ${server.id}.`,
      describeAllowed(server.consent, 'this server', server.name),
      describeAllowed(allows, server.name, 'this server'),
    ];
    return { document, text: lines.map(printable).join('\n') };
  });
}

function addForget(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'forget <id>', {
    summary: 'end the pairing with a server, by its id, the beginning of it or its name',
    example: 'understudy servers forget licences-2',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [id = '']) => {
    const document = await callNode(context, 'servers.forget', { id });
    return { document, text: printable(`The pairing with ${id} has ended.`) };
  });
}

function addRequestFile(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'request-file <file>', {
    summary: 'write the ids of the servers that keep licences here, for a vendor to name them',
    example: 'understudy servers request-file request.json',
  });
  perform(command, terminal, commonOptionsSchema, async (context, _options, [path = '']) => {
    const { servers, content } = await callNode(context, 'servers.requestFile', {});
    const file = resolve(terminal.workingDirectory, path);
    await writeNewFile(file, content, 0o644);
    const lines = servers.map(({ id, name }) => `  ${name}, ${id}`);
    const text = [`${file} goes to the vendor. It names, signed by this server:`, ...lines];
    return { document: { file, servers }, text: text.map(printable).join('\n') };
  });
}

const rotateKeyOptionsSchema = commonOptionsSchema.extend({ force: z.boolean().default(false) });

function addRotateKey(group: Command, terminal: Terminal): void {
  const command = addCommand(group, 'rotate-key', {
    summary: 'make a new key for this server, which is its new id too, for its next start',
    example: 'understudy servers rotate-key',
  }).option(
    '--force',
    'go on when a paired server cannot be told; that one has to be paired again',
  );
  perform(command, terminal, rotateKeyOptionsSchema, async (context, { force }) => {
    const document = await callNode(context, 'servers.rotateKey', { force });
    return { document, text: describeRotation(document) };
  });
}

function describeRotation({ told, notTold, warnings, ...ids }: KeyRotation): string {
  const lines = [
    ...describeNextKey('key', ids),
    ...(told.length === 0
      ? []
      : [
          '',
          `Told of the new key, and accepting both: ${told.map(({ name }) => name).join(', ')}.`,
        ]),
    ...notTold.flatMap((server) => ['', `Not told: ${describeNotTold(server)}`]),
    ...warnings.flatMap((warning) => ['', warning]),
  ];
  return lines.map(printable).join('\n');
}

const pairingText: Record<ServerRow['pairing'], string> = {
  none: 'found, not paired',
  ended: 'pairing ended',
  paired: 'paired',
};

function describeServers(servers: ServerRow[]): string {
  if (servers.length === 0) {
    return (
      'No other server is paired with this one or was found. To pair with one, make a code there ' +
      'with: understudy servers invite'
    );
  }
  const table = formatTable(
    [
      'NAME',
      'ID',
      'ADDRESS',
      'STATE',
      'CONNECTED',
      'SYNCHRONISED',
      'CLOCK',
      'VERSION',
      'MAY RELATE',
    ],
    servers.map((server) => [
      server.name,
      shortId(server.id),
      server.address,
      pairingText[server.pairing],
      yesOrNo(server.connected),
      yesOrNo(server.synchronised),
      describeClock(server.clockDifferenceMs),
      server.version ?? '',
      yesOrNo(server.consent.length > 0),
    ]),
  );
  const problems = servers
    .filter((server) => server.problem !== null)
    .map(({ name, problem }) => printable(`${name}: ${problem?.message}`));
  return [table, ...(problems.length > 0 ? ['', ...problems] : [])].join('\n');
}
