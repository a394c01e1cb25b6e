import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { parseHostPort } from '../../../../src-shared/model/host-port.ts';
import type { Identity } from '../../identity/identity.ts';
import { PeerConnection } from './peer-connection.ts';
import { peerAlpn } from './link-message.ts';
import type { PeerIdentity } from './peer-identity.ts';

export type PeerKeys = Pick<Identity, 'id' | 'keyPem' | 'certPem'>;

/** What came of a try to connect. Only `refused` and `unanswered` say something of the process. */
export type DialFailure = 'refused' | 'unanswered' | 'unreachable' | 'notUnderstudy';

export type DialOutcome =
  | ({ ok: true; connection: PeerConnection } & PeerIdentity)
  | { ok: false; failure: DialFailure; detail: string };

export interface DialOptions {
  /** `host:port`. */
  address: string;
  /** The key to show; without one nothing is said of who calls. */
  keys: PeerKeys | null;
  timeoutMs: number;
}

/** Connects to the peer port of a server and reads its id from the key that it proves to hold. */
export function dialPeer({ address, keys, timeoutMs }: DialOptions): Promise<DialOutcome> {
  const at = parseHostPort(address);
  if (!at) {
    const detail = `${address} is not HOST:PORT`;
    return Promise.resolve({ ok: false, failure: 'unreachable', detail });
  }
  return new Promise((resolve) => {
    const options: ConnectionOptions = {
      ...at,
      // Trust is in the pinned key and checked by the caller; no authority signs these certificates.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
      ALPNProtocols: [peerAlpn],
      ...(keys && { key: keys.keyPem, cert: keys.certPem }),
    };
    const socket = connectTls(options);
    const fail = (failure: DialFailure, detail: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ok: false, failure, detail });
    };
    let connected = false;
    const timer = setTimeout(
      () => fail('unanswered', `it did not answer within ${timeoutMs} ms`),
      timeoutMs,
    );
    socket.once('connect', () => (connected = true));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (connected) fail('notUnderstudy', error.code ?? error.message);
      else fail(failureOf(error), error.code ?? error.message);
    });
    socket.once('secureConnect', () => {
      if (socket.alpnProtocol !== peerAlpn) {
        return fail('notUnderstudy', 'what answers there is not an Understudy server');
      }
      const connection = new PeerConnection(socket);
      const { peer } = connection;
      if (peer === null) return fail('notUnderstudy', 'its certificate cannot be read');
      clearTimeout(timer);
      socket.removeAllListeners('secureConnect');
      resolve({ ok: true, connection, ...peer });
    });
  });
}

/** Whether something accepts TCP connections at an address. */
export function knock(
  address: string,
  timeoutMs: number,
): Promise<'open' | 'refused' | 'unanswered' | 'unreachable'> {
  const at = parseHostPort(address);
  if (!at) return Promise.resolve('unreachable');
  return new Promise((resolve) => {
    const socket = connectTcp(at);
    const finish = (result: 'open' | 'refused' | 'unanswered' | 'unreachable') => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => finish('unanswered'), timeoutMs);
    socket.once('connect', () => finish('open'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The system took the connection for a process that was killed before it could: it says nothing yet.
      if (error.code === 'ECONNRESET') return finish('open');
      const failure = failureOf(error);
      finish(failure === 'refused' || failure === 'unanswered' ? failure : 'unreachable');
    });
  });
}

function failureOf(error: NodeJS.ErrnoException): DialFailure {
  if (error.code === 'ECONNREFUSED') return 'refused';
  return error.code === 'ETIMEDOUT' ? 'unanswered' : 'unreachable';
}
