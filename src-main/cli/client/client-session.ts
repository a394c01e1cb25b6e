import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Attempt, reasonOf, type ServerRefusal } from '../../../src-shared/client/attempt.ts';
import { type ClientConfig, clientConfigSchema } from '../../../src-shared/client/client-config.ts';
import type { ClientState } from '../../../src-shared/client/client-state.ts';
import type { LicenseClient } from '../../../src-shared/client/license-client.ts';
import { type VendorTrust, vendorKeysMax } from '../../../src-shared/client/vendor-proof.ts';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import {
  type CheckoutRequest,
  checkoutRequestSchema,
} from '../../../src-shared/contract/client-api.ts';
import { defaultPort } from '../../../src-shared/model/host-port.ts';
import { serverAddressSchema } from '../../../src-shared/model/scalars.ts';
import type { VendorPublicKey } from '../../../src-shared/model/vendor.ts';
import { openLicenseClient } from '../../client-transport/open-license-client.ts';
import { parseVendorPublicKey } from '../../node/licensing/vendor-key.ts';
import { loadClientConfig } from './client-config-file.ts';
import { collect, type CommandContext, commonOptionsSchema } from '../frame/command-frame.ts';
import { CliFailure, UsageFailure } from '../frame/failure.ts';
import { readInputFile } from '../frame/input-file.ts';
import type { Terminal } from '../frame/terminal.ts';
import { printable } from '../text/table.ts';

const { feature, product, version, released, client } = checkoutRequestSchema.shape;
const holder = client.shape;
const { timeoutMs, graceSeconds, fingerprints } = clientConfigSchema.shape;

/** As `serverAddressSchema`, or `HOST` for the usual port. */
const serverSchema = z
  .string()
  .transform((text) => (/^[^:@]+$|^\[[^\]]*\]$/.test(text) ? `${text}:${defaultPort}` : text))
  .pipe(serverAddressSchema);

/** Options that say which servers and how, of every `client` command. */
export const serverOptionsSchema = commonOptionsSchema.extend({
  server: z.array(serverSchema).default([]),
  secondary: z.array(serverSchema).default([]),
  fingerprint: fingerprints,
  timeoutMs: z.coerce.number().pipe(timeoutMs.unwrap()).optional(),
  graceSeconds: z.coerce.number().pipe(graceSeconds.unwrap()).optional(),
});

/** Options that say which seat. */
export const seatOptionsSchema = serverOptionsSchema.extend({
  feature,
  product,
  featureVersion: version,
  released,
  units: z.coerce.number().pipe(checkoutRequestSchema.shape.units.unwrap()).default(1),
  user: holder.user.optional(),
  host: holder.host.optional(),
  app: holder.app,
  instance: holder.instance.optional(),
  wait: z.coerce.number().pipe(z.number().min(0).max(604_800)).default(0),
  vendor: z.array(z.string().min(1)).max(vendorKeysMax).default([]),
  revoked: z.array(z.string().min(1)).max(16).default([]),
});
export type SeatOptions = z.output<typeof seatOptionsSchema>;

/** Options that say which servers and how long each is waited for. */
export function addReachOptions(command: Command): Command {
  return command
    .option('--server <host:port>', 'Primary server; repeat it for more, in order', collect)
    .option('--secondary <host:port>', 'Secondary server; repeat it for more', collect)
    .option('--fingerprint <id>', 'accept only servers with this key; repeat it for more', collect)
    .option('--timeout-ms <ms>', 'longest wait for one answer, 100 to 60000 (default: 3000)');
}

export function addServerOptions(command: Command): Command {
  return addReachOptions(command).option(
    '--grace-seconds <s>',
    'how long to go on without any server (default: 300)',
  );
}

/** Options that say what is wanted, and for whom. */
export function addWishOptions(command: Command): Command {
  return command
    .requiredOption('--feature <name>', 'what to check out')
    .option('--product <name>', 'only from licences of this product')
    .option('--feature-version <v>', 'the version that is needed, such as 2.1')
    .option(
      '--released <instant>',
      'when the application was released, for licences with maintenance',
    )
    .option('--units <n>', 'how many units (default: 1)')
    .option('--user <name>', 'who holds the seat (default: who you are)')
    .option('--host <name>', 'on which host (default: this one)')
    .option('--app <name>', 'in which application');
}

export function addVendorOptions(command: Command): Command {
  return command
    .option(
      '--vendor <file>',
      'only a seat of this vendor, by its public key; repeat it for more',
      collect,
    )
    .option('--revoked <file>', 'with --vendor: licences that the vendor took back', collect);
}

export function addSeatOptions(command: Command): Command {
  addWishOptions(command)
    .option('--wait <s>', 'try again for so long while no unit is free (default: 0)')
    .option('--instance <id>', 'identity of the seat (default: a new one)');
  return addVendorOptions(addServerOptions(command));
}

/** The configuration that counts, with what the command line says about it. */
export async function configFor(
  context: CommandContext,
  options: z.output<typeof serverOptionsSchema>,
): Promise<ClientConfig> {
  const config = await loadClientConfig(context);
  const named = options.server.length > 0 || options.secondary.length > 0;
  return {
    ...config,
    ...(named ? { primary: options.server, secondary: options.secondary } : {}),
    ...(options.fingerprint.length > 0 ? { fingerprints: options.fingerprint } : {}),
    timeoutMs: options.timeoutMs ?? config.timeoutMs,
    graceSeconds: options.graceSeconds ?? config.graceSeconds,
  };
}

export interface ClientSession {
  client: LicenseClient;
  request: CheckoutRequest;
  /** Closes the connections. */
  close(): void;
}

/** A licence client of this process for the seat that the options describe. */
export async function openSession(
  context: CommandContext,
  options: SeatOptions,
  seat: { borrowUntil?: string; app?: string },
): Promise<ClientSession> {
  const app = options.app ?? seat.app;
  const instance = options.instance ?? randomUUID();
  return openSessionFor(context, options, {
    ...seatOf(options),
    client: { instance, ...holderOf(options), ...(app === undefined ? {} : { app }) },
    borrowUntil: seat.borrowUntil,
    // One that was named may hold a seat already, by a request of which nothing is known here.
    ...(options.instance === undefined ? { request: 1 } : {}),
  });
}

/** The same for what is asked for in the words of a client. */
export async function openSessionFor(
  context: CommandContext,
  options: z.output<typeof serverOptionsSchema> & VendorOptions,
  request: CheckoutRequest,
): Promise<ClientSession> {
  const { terminal } = context;
  const say = sayTo(terminal);
  const opened = openLicenseClient({
    config: await configFor(context, options),
    request,
    vendor: await readVendor(terminal, options),
    knownServersFile: knownServersFileOf(context),
    notify: say,
  });
  const { client } = opened;
  tellTrouble(client, say);
  return { client, request, close: () => opened.close() };
}

/** What is wanted, as a client asks for it. */
export function seatOf(
  options: Pick<SeatOptions, 'feature' | 'product' | 'featureVersion' | 'released' | 'units'>,
): Pick<CheckoutRequest, 'feature' | 'product' | 'version' | 'released' | 'units'> {
  const { feature, product, featureVersion: version, released, units } = options;
  return { feature, product, version, released, units };
}

/** Who is to hold it: whoever runs the command, where nothing else was said. */
export function holderOf({ user, host }: Pick<SeatOptions, 'user' | 'host'>): {
  user: string;
  host: string;
} {
  return { user: user ?? userInfo().username, host: host ?? hostname() };
}

export function knownServersFileOf({ ownDirectory }: CommandContext): string {
  return join(ownDirectory, 'known-servers.json');
}

export function sayTo(terminal: Terminal): (message: string) => void {
  return (message) => terminal.err(`understudy: ${message}\n`);
}

type VendorOptions = Pick<SeatOptions, 'vendor' | 'revoked'>;

/** The keys of `--vendor`; undefined: none was given, and any trusted server's seat counts. */
export async function readVendor(
  terminal: Terminal,
  { vendor: files, revoked: revokedFiles }: VendorOptions,
): Promise<VendorTrust | undefined> {
  if (revokedFiles.length > 0 && files.length === 0) {
    throw new UsageFailure('--revoked needs --vendor, whose revocations they are');
  }
  const keys: VendorPublicKey[] = [];
  for (const path of files) {
    const what = "a vendor's public key";
    const { text } = await readInputFile(terminal, path, what, importedFileBytesMax);
    const parsed = parseVendorPublicKey(text);
    if (!parsed.ok) throw new CliFailure(parsed.code, `${path}: ${parsed.message}`);
    keys.push(parsed.key);
  }
  const revoked: string[] = [];
  for (const path of revokedFiles) {
    const { text } = await readInputFile(terminal, path, 'a licence file', importedFileBytesMax);
    revoked.push(text);
  }
  return keys.length === 0 ? undefined : { keys, revoked };
}

/** Says when a seat is in danger and when it is safe again; once for each change. */
function tellTrouble(client: LicenseClient, say: (message: string) => void): void {
  let former: ClientState['state'] = 'idle';
  client.onState((state) => {
    const changed = state.state !== former;
    const troubled = former === 'retrying' || former === 'recovering' || former === 'grace';
    former = state.state;
    if (!changed) return;
    switch (state.state) {
      case 'retrying':
        return say(`The seat could not be renewed; trying again. ${state.refusal.message}`);
      case 'recovering':
        return say(`The seat was taken away; asking for another. ${state.refusal.message}`);
      case 'grace':
        return say(`No server renews the seat; it is given up in ${state.graceSeconds} s.`);
      case 'held':
        return troubled ? say(`The seat is safe again, from ${state.seat.server}.`) : undefined;
      case 'idle':
      case 'checkingOut':
      case 'refused':
      case 'lost':
      case 'returning':
      case 'returned':
        return undefined;
    }
  });
}

/** Why there was a seat and is none. */
export function lossOf(refusal: ServerRefusal): CliFailure {
  const { message, details, lines } = failureOf(refusal);
  return new CliFailure('SEAT_LOST', `The seat was lost. ${message}`, details, lines);
}

/** Why there is no seat, with what every server said. */
export function failureOf(refusal: ServerRefusal): CliFailure {
  const attempts = refusal.attempts.map(describeAttempt);
  const told = refusal.code === 'SERVER_UNREACHABLE' || attempts.length < 2;
  const lines = attempts.map(({ server, ms, outcome, detail }) =>
    printable(`  ${server} after ${ms} ms: ${detail ?? outcome}`),
  );
  return new CliFailure(refusal.code, refusal.message, { attempts }, told ? [] : lines);
}

interface AttemptRow {
  server: string;
  ms: number;
  outcome: string;
  detail?: string;
}

function describeAttempt(attempt: Attempt): AttemptRow {
  const { server, ms, outcome } = attempt;
  const row = { server, ms: Math.round(ms) };
  if (outcome.type === 'redirected') {
    return { ...row, outcome: 'REDIRECTED', detail: `see ${outcome.to.join(' or ')}` };
  }
  const reason = reasonOf(attempt);
  return reason === null
    ? { ...row, outcome: outcome.type.toUpperCase() }
    : { ...row, outcome: reason.code, detail: reason.detail };
}
