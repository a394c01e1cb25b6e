import { lookup } from 'node:dns';
import type { Socket, SocketOptions } from 'node:dgram';
import type { networkInterfaces } from 'node:os';

/** Interfaces that a datagram is sent out on. */
const interfacesMax = 16;

/** Groups of IPv4 (RFC 5771). */
const isGroup = (host: string): boolean => /^2(2[4-9]|3\d)\./.test(host);

/**
 * The `lookup` of a socket that is to be sent everywhere: a group is its own address at once, so that a
 * datagram is gone before the socket is set to the next interface.
 */
export const lookupOfGroups: NonNullable<SocketOptions['lookup']> = (host, options, callback) => {
  if (isGroup(host)) return callback(null, host, 4);
  lookup(host, options, callback);
};

/**
 * Lets a socket send to a group on every interface that leads to others. Left to itself the system takes
 * the one of its default route: without one nothing is sent at all, and of two networks one hears it.
 *
 * @param socket one with {@link lookupOfGroups}
 */
export function sendEverywhere(socket: Socket, interfaces: typeof networkInterfaces): void {
  const send: Socket['send'] = socket.send.bind(socket);
  const toGroup = (message: Uint8Array, port: number, group: string, done: Done) => {
    const addresses = outwardAddresses(interfaces());
    if (addresses.length === 0) return send(message, port, group, done);
    let waiting = addresses.length;
    let sent = 0;
    const count = (error: Error | null) => {
      if (!error) sent++;
      if (--waiting === 0) done(sent > 0 ? null : error);
    };
    for (const address of addresses) {
      try {
        socket.setMulticastInterface(address);
        send(message, port, group, count);
      } catch (error) {
        // The interface went just now.
        count(error instanceof Error ? error : new Error(String(error)));
      }
    }
  };
  socket.send = ((...args: Parameters<SendPart>) => {
    const [message, offset, length, port, host, done] = args;
    if (!isGroup(host)) return send(message, offset, length, port, host, done);
    toGroup(message.subarray(offset, offset + length), port, host, done);
  }) as Socket['send'];
}

type Done = (error: Error | null) => void;

/** The form of `send` by which the mDNS library sends. */
type SendPart = (
  message: Uint8Array,
  offset: number,
  length: number,
  port: number,
  host: string,
  done: Done,
) => void;

/** One IPv4 address of each interface that leads to others. */
function outwardAddresses(interfaces: ReturnType<typeof networkInterfaces>): string[] {
  const addresses = Object.values(interfaces).flatMap((list) => {
    const first = list?.find(({ family, internal }) => family === 'IPv4' && !internal);
    return first ? [first.address] : [];
  });
  return addresses.slice(0, interfacesMax);
}
