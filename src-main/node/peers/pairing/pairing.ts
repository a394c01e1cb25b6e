import { sourceOf } from '../../base/host-address.ts';
import {
  type Allowed,
  type ConsentPart,
  partsAllowed,
} from '../../../../src-shared/model/consent.ts';
import { normalizePairingCode } from '../../../../src-shared/model/pairing-code.ts';
import type { PairedServer, PairedServers } from './paired-servers.ts';
import type { Invitations, RightProof } from './invitations.ts';
import { describeDialProblem, describeRefusal } from '../link/link-problem.ts';
import {
  isSameProof,
  makePairingProof,
  type PairingChannel,
  pairingExporterLabel,
} from './pairing-proof.ts';
import type { PeerConnection } from '../link/peer-connection.ts';
import type { PeerIdentity } from '../link/peer-identity.ts';
import { dialPeer, type PeerKeys } from '../link/peer-dial.ts';
import type { PeerTimings } from '../link/peer-limits.ts';
import {
  type Hello,
  type PeerDetails,
  peerProtocolVersion,
  type Purpose,
  type LinkRefusalCode,
  ownAddressesMax,
} from '../link/link-message.ts';

export interface PairingEnvironment {
  keys: PeerKeys;
  hello: (purpose: Purpose, withDetails: boolean) => Hello;
  details: () => PeerDetails;
  paired: PairedServers;
  nowMs: () => number;
  timings: PeerTimings;
}

/** The other server, with its key proved and the code known to both. */
export interface NewPartner extends PeerIdentity {
  name: string;
  /** What it lets this server have of it. */
  allows: ConsentPart[];
}

export type PairingFailureCode = 'SERVER_UNREACHABLE' | 'PAIRING_REFUSED' | 'PAIRING_LIMIT_REACHED';

export type JoinOutcome =
  | { ok: true; partner: NewPartner }
  | { ok: false; code: PairingFailureCode | 'BAD_REQUEST'; message: string };

/**
 * The side that was given the code (docs/pairing.md). Nothing is stored unless the other server has
 * proved, on this very channel, that it knows the code too.
 */
export async function joinServer(
  environment: PairingEnvironment,
  address: string,
  typedCode: string,
  allowed: Allowed,
): Promise<JoinOutcome> {
  const code = normalizePairingCode(typedCode);
  if (code === undefined) {
    const message = 'This is no pairing code: it has 20 letters and digits, in groups of five.';
    return { ok: false, code: 'BAD_REQUEST', message };
  }
  const { keys, timings } = environment;
  const dialed = await dialPeer({ address, keys, timeoutMs: timings.connectMs });
  if (!dialed.ok) {
    const { message } = describeDialProblem(address, dialed);
    return { ok: false, code: 'SERVER_UNREACHABLE', message };
  }
  try {
    return await join(environment, { address, code, allowed, ...dialed });
  } finally {
    dialed.connection.end();
  }
}

interface JoinTarget extends PeerIdentity {
  address: string;
  code: string;
  allowed: Allowed;
  connection: PeerConnection;
}

async function join(environment: PairingEnvironment, target: JoinTarget): Promise<JoinOutcome> {
  const { keys, timings, paired, hello, details, nowMs } = environment;
  const { address, code, allowed, connection, id, publicKey } = target;
  if (id === keys.id) return refused('PAIRING_REFUSED', itself(address));
  if (!paired.hasRoomFor(id)) return refused('PAIRING_LIMIT_REACHED', ownLimit);
  connection.send(hello('pair', false));
  const greeting = await connection.next(timings.answerMs);
  if (greeting?.type === 'refused') return refusedBy(greeting.code, address);
  if (greeting?.type !== 'hello') return silent(address);
  if (greeting.version !== peerProtocolVersion) return refusedBy('PROTOCOL_VERSION', address);
  if (greeting.id !== id) return refusedBy('ID_MISMATCH', address);
  const exported = connection.exportKeyingMaterial(pairingExporterLabel);
  const channel = { joinerId: keys.id, inviterId: id, exported };
  connection.send({ type: 'proof', mac: makePairingProof(code, 'joiner', channel) });
  const proof = await connection.next(timings.answerMs);
  if (proof?.type === 'refused') return refusedBy(proof.code, address);
  if (proof?.type !== 'proof') return silent(address);
  if (!isSameProof(proof.mac, makePairingProof(code, 'inviter', channel))) {
    return refused(
      'PAIRING_REFUSED',
      `The server at ${address} does not know the code: another server made it, or somebody is ` +
        'between the two. Nothing was stored. Check the address, and make a new code there.',
    );
  }
  const before = paired.get(id);
  const { name } = greeting;
  const consent = consentAfter(paired.get(id), allowed);
  const entry = { id, publicKey, name, addresses: [address], pairedAtMs: nowMs(), consent };
  await paired.put({ ...entry, endedByOther: false, ...startKnownOf(before) });
  connection.send({ type: 'paired', details: details(), consent });
  const done = await connection.next(timings.answerMs);
  if (done?.type === 'paired') {
    const addresses = [...new Set([address, ...done.details.addresses])].slice(0, ownAddressesMax);
    await paired.confirm(id, addresses);
    return { ok: true, partner: { id, publicKey, name, allows: done.consent } };
  }
  await (before ? paired.put(before) : paired.remove(id));
  return done?.type === 'refused' ? refusedBy(done.code, address) : silent(address);
}

/** What the side that made the code tells its admin. */
export type AcceptOutcome =
  | { type: 'paired'; partner: NewPartner }
  | {
      type: 'refused';
      partner: Omit<NewPartner, 'allows'>;
      triesLeft: number | null;
      reason: string;
    }
  /** Nothing worth telling: no invitation was open, or the other side went away. */
  | { type: 'ignored' };

/** The side that made the code. A wrong proof costs a try, and it proves nothing to a guesser. */
export async function acceptPairing(
  environment: PairingEnvironment,
  invitations: Invitations,
  connection: PeerConnection,
  hello: Hello,
): Promise<AcceptOutcome> {
  const { keys, timings } = environment;
  const { peer } = connection;
  if (peer === null || peer.id === keys.id) {
    connection.refuse('PAIRING_REFUSED');
    return { type: 'ignored' };
  }
  const partner = { ...peer, name: hello.name };
  connection.send(environment.hello('pair', false));
  const proof = await connection.next(timings.answerMs);
  if (proof?.type !== 'proof') {
    connection.refuse('PROTOCOL_ERROR');
    return { type: 'ignored' };
  }
  const exported = connection.exportKeyingMaterial(pairingExporterLabel);
  const channel = { joinerId: peer.id, inviterId: keys.id, exported };
  const source = sourceOf(connection.remoteHost);
  const verdict = invitations.judge(proof.mac, channel, source, hello.name);
  if (verdict.type !== 'right') {
    connection.refuse('PAIRING_REFUSED');
    if (verdict.type === 'closed') return { type: 'ignored' };
    const reason = `the code that came from ${connection.remoteHost} was wrong`;
    return { type: 'refused', partner, triesLeft: verdict.triesLeft, reason };
  }
  try {
    return await admit(environment, { connection, channel, verdict, partner });
  } finally {
    verdict.release();
  }
}

interface Admission {
  connection: PeerConnection;
  channel: PairingChannel;
  verdict: RightProof;
  partner: Omit<NewPartner, 'allows'>;
}

/** The other side knows the code. */
async function admit(
  { timings, paired, details, nowMs }: PairingEnvironment,
  { connection, channel, verdict, partner }: Admission,
): Promise<AcceptOutcome> {
  if (!paired.hasRoomFor(partner.id)) {
    connection.refuse('PAIRING_LIMIT');
    return { type: 'refused', partner, triesLeft: null, reason: ownLimit };
  }
  connection.send({ type: 'proof', mac: makePairingProof(verdict.code, 'inviter', channel) });
  const stored = await connection.next(timings.answerMs);
  if (stored?.type !== 'paired') {
    connection.end();
    const reason = 'the other server did not confirm that it stored the pairing';
    return { type: 'refused', partner, triesLeft: null, reason };
  }
  const { addresses } = stored.details;
  const before = paired.get(partner.id);
  const consent = consentAfter(before, verdict.allowed);
  const entry = { ...partner, addresses, consent, pairedAtMs: nowMs(), endedByOther: false };
  await paired.put({ ...entry, ...startKnownOf(before) });
  await verdict.noteUsed();
  connection.end({ type: 'paired', details: details(), consent });
  return { type: 'paired', partner: { ...partner, allows: stored.consent } };
}

/** Who pairs with a server anew takes nothing back that was agreed to before. */
function consentAfter(before: PairedServer | undefined, allowed: Allowed): ConsentPart[] {
  const kept = before && !before.endedByOther ? (before.consent ?? []) : [];
  return [...new Set([...kept, ...partsAllowed(allowed)])];
}

const itself = (address: string) =>
  `The server at ${address} is this server itself. Give the address of the other one.`;

const ownLimit =
  'This server is paired with 32 others, which is as many as it can be. Forget one first.';

function refused(code: PairingFailureCode, message: string): JoinOutcome {
  return { ok: false, code, message };
}

function refusedBy(code: LinkRefusalCode, address: string): JoinOutcome {
  const { message } = describeRefusal(code, address);
  return refused(code === 'PAIRING_LIMIT' ? 'PAIRING_LIMIT_REACHED' : 'PAIRING_REFUSED', message);
}

function silent(address: string): JoinOutcome {
  return refused(
    'SERVER_UNREACHABLE',
    `The server at ${address} broke off. Nothing was stored; try again with a new code.`,
  );
}

/** What was known of a server's starts before it is paired anew: its directory may have been put back. */
function startKnownOf(before: PairedServer | undefined): Pick<PairedServer, 'boot'> {
  return before?.boot === undefined ? {} : { boot: before.boot };
}
