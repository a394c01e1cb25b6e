import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { loadIdentity } from '../../src-main/node/identity/identity.ts';
import { encodeFrame } from '../../src-main/node/peers/link/frame.ts';
import {
  makePairingProof,
  pairingExporterLabel,
} from '../../src-main/node/peers/pairing/pairing-proof.ts';
import type { PeerConnection } from '../../src-main/node/peers/link/peer-connection.ts';
import { dialPeer } from '../../src-main/node/peers/link/peer-dial.ts';
import {
  peerAlpn,
  type LinkMessage,
  peerProtocolVersion,
} from '../../src-main/node/peers/link/link-message.ts';
import type { PeerServer } from './peer-server.ts';
import { makeTemporaryDirectory } from './temporary-directory.ts';

/** A new invitation code of a server. */
export function codeOf(server: PeerServer): string {
  const invited = server.servers.invite('nothing');
  if (!invited.ok) throw new Error(invited.message);
  return invited.value.code;
}

/** A connection to a server as somebody, or without a certificate; closed when the test is over. */
export async function dial(
  to: PeerServer,
  as: { id: string; keyPem: string; certPem: string } | null,
) {
  const dialed = await dialPeer({ address: to.address, keys: as, timeoutMs: 2_000 });
  if (!dialed.ok) throw new Error(dialed.detail);
  onTestFinished(() => dialed.connection.destroy('the test is over'));
  return dialed.connection;
}

export const helloOf = (id: string | null, purpose: 'look' | 'pair' | 'link') =>
  ({ type: 'hello', version: peerProtocolVersion, id, name: 'stranger', purpose }) as const;

/** Everything that comes until the other side closes. */
export async function drain(connection: PeerConnection): Promise<LinkMessage[]> {
  const messages: LinkMessage[] = [];
  for (;;) {
    const message = await connection.next(5_000);
    if (!message) return messages;
    messages.push(message);
  }
}

/** A connection that offers the protocol of servers and has said nothing. */
export async function rawPeerSocket(to: PeerServer, localAddress?: string): Promise<TLSSocket> {
  const { port } = to.listen();
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    ...(localAddress === undefined ? {} : { localAddress }),
    rejectUnauthorized: false,
    ALPNProtocols: [peerAlpn],
  });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  socket.resume();
  await new Promise<void>((resolve) => {
    socket.once('secureConnect', resolve);
    socket.once('close', () => resolve());
  });
  return socket;
}

/** A TLS server with a key of its own; `onMessage` gets the texts of the frames. */
async function openPeerTls(
  identity: { keyPem: string; certPem: string },
  onSocket: (socket: TLSSocket) => void,
): Promise<string> {
  const server = createServer(
    {
      key: identity.keyPem,
      cert: identity.certPem,
      ALPNProtocols: [peerAlpn],
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => {
      socket.on('error', () => undefined);
      onSocket(socket);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/** A server that accepts whatever it is told and proves with a code of its own. */
export async function openFakeInviter() {
  const identity = await loadIdentity(makeTemporaryDirectory());
  const address = await openPeerTls(identity, (socket) => {
    const send = (message: object) => socket.write(encodeFrame(JSON.stringify(message)));
    send({ ...helloOf(identity.id, 'pair') });
    const exported = socket.exportKeyingMaterial(32, pairingExporterLabel, Buffer.alloc(0));
    const channel = { joinerId: 'f'.repeat(64), inviterId: identity.id, exported };
    send({ type: 'proof', mac: makePairingProof('0'.repeat(20), 'inviter', channel) });
    socket.resume();
  });
  return { address };
}

/** Relays every frame, with its own id in the place of the others', as a man in the middle must. */
export async function openMiddle(target: PeerServer) {
  const identity = await loadIdentity(makeTemporaryDirectory());
  const relayed: string[] = [];
  const address = await openPeerTls(identity, (toJoiner) => {
    const { port } = target.listen();
    const toInviter = connectTls({
      host: '127.0.0.1',
      port,
      key: identity.keyPem,
      cert: identity.certPem,
      rejectUnauthorized: false,
      ALPNProtocols: [peerAlpn],
    });
    onTestFinished(() => void toInviter.destroy());
    toInviter.on('error', () => undefined);
    const relay = (from: TLSSocket, to: TLSSocket) => {
      from.on('data', (chunk: Buffer) => {
        const message = JSON.parse(chunk.subarray(4).toString()) as { type: string; id?: string };
        relayed.push(message.type);
        const own = message.id === undefined ? message : { ...message, id: identity.id };
        to.write(encodeFrame(JSON.stringify(own)));
      });
      from.on('close', () => to.end());
    };
    relay(toJoiner, toInviter);
    relay(toInviter, toJoiner);
  });
  return { address, relayed };
}
