import { createSocket, type Socket } from 'node:dgram';
import { lookupOfGroups } from './multicast-reach.ts';

export interface GuardedSocketOptions {
  /** Datagrams in a second; what is over is dropped. */
  datagramsPerSecondMax: number;
  /** A fault in what listens to the socket, or an error of the socket itself. */
  onFault: (error: unknown) => void;
}

/**
 * A UDP socket for code that was not made for hostile packets: whatever a listener throws is noted
 * and ends with that datagram, and a flood is cut off before it is decoded.
 */
export function openGuardedSocket(options: GuardedSocketOptions): Socket {
  const socket = createSocket({ type: 'udp4', reuseAddr: true, lookup: lookupOfGroups });
  const emit = socket.emit.bind(socket) as (event: string, ...args: unknown[]) => boolean;
  let secondBegunMs = 0;
  let datagrams = 0;
  const isFlood = () => {
    const nowMs = performance.now();
    if (nowMs - secondBegunMs >= 1_000) {
      secondBegunMs = nowMs;
      datagrams = 0;
    }
    return ++datagrams > options.datagramsPerSecondMax;
  };
  socket.emit = (event: string, ...args: unknown[]) => {
    if (event === 'message' && isFlood()) return true;
    try {
      return emit(event, ...args);
    } catch (error) {
      options.onFault(error);
      return true;
    }
  };
  // Without a listener of its own an error would be thrown.
  socket.on('error', options.onFault);
  return socket;
}
