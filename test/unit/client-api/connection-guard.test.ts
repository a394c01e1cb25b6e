import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { ConnectionGuard } from '../../../src-main/node/client-api/connection-guard.ts';

let port = 0;

/** As much of a socket as the guard sees. */
function socketOf(remoteAddress: string): Socket & { destroyed: boolean } {
  const socket = Object.assign(new EventEmitter(), {
    remoteAddress,
    remotePort: ++port,
    localAddress: '192.0.2.1',
    localPort: 7_470,
    destroyed: false,
    destroy: () => {
      socket.destroyed = true;
      socket.emit('close');
    },
  });
  return socket as unknown as Socket & { destroyed: boolean };
}

const requestOn = (socket: Socket, complete = true) => ({ socket, complete }) as IncomingMessage;

function make(connectionsMax: number, isReserved = (_address: string) => false) {
  const guard = new ConnectionGuard({ connectionsMax, isReserved });
  const admit = (address: string, count = 1) =>
    Array.from({ length: count }, () => {
      const socket = socketOf(address);
      return { socket, admitted: guard.admit(socket) };
    });
  return { guard, admit };
}

it('pushes out silent connections of two addresses when all is full, the oldest first', () => {
  const { guard, admit } = make(100);
  const flood = [...admit('192.0.2.7', 50), ...admit('192.0.2.8', 50)];
  const others = Array.from({ length: 30 }, (_, i) => admit(`198.51.100.${i}`)).flat();
  expect(others.every(({ admitted, socket }) => admitted && !socket.destroyed)).toBe(true);
  expect(flood.filter(({ socket }) => socket.destroyed)).toHaveLength(30);
  expect(flood[0]?.socket.destroyed).toBe(true);
  expect(guard.figures).toMatchObject({ open: 100, refused: 0, pushedOut: 30 });
});

it('lets one source have no more than some hundreds that never asked, however much room there is', () => {
  const { guard, admit } = make(10_000);
  const asking: { socket: Socket }[] = [];
  for (let n = 0; n < 600; n++) {
    const [one] = admit('192.0.2.7');
    if (!one) continue;
    guard.noteRequest(requestOn(one.socket));
    asking.push(one);
  }
  const flood = admit('192.0.2.7', 2_000);
  expect(flood.filter(({ socket }) => !socket.destroyed)).toEqual(flood.slice(-512));
  expect(asking.some(({ socket }) => socket.destroyed)).toBe(false);
  expect(admit('192.0.2.8', 512).some(({ socket }) => socket.destroyed)).toBe(false);
  expect(guard.figures).toMatchObject({ open: 1_624, refused: 0, pushedOut: 1_488 });
});

it('lets few be in the middle of the handshake, and the oldest of the source with most of them go first', () => {
  const { guard, admit } = make(10_000);
  const begin = (address: string, count: number) => {
    const begun = admit(address, count);
    for (const { socket } of begun) guard.noteHandshake(socket);
    return begun;
  };
  const early = begin('192.0.2.6', 100);
  const flood = [...begin('192.0.2.7', 500), ...begin('192.0.2.8', 400)];
  const left = flood.filter(({ socket }) => !socket.destroyed);
  expect(early.some(({ socket }) => socket.destroyed)).toBe(false);
  expect(left).toHaveLength(412);
  expect(left.filter(({ socket }) => socket.remoteAddress === '192.0.2.7')).toHaveLength(206);
  expect(flood[499]?.socket.destroyed).toBe(false);
  // Whoever has come to the end of it, or left, makes room.
  for (const { socket } of left.slice(0, 100)) guard.noteSecure(socket);
  for (const { socket } of left.slice(100, 200)) socket.destroy();
  const later = begin('192.0.2.9', 200);
  expect([...left.slice(200), ...early, ...later].some(({ socket }) => socket.destroyed)).toBe(
    false,
  );
  expect(guard.figures).toMatchObject({ refused: 0, pushedOut: 488 });
});

it('lets nobody who has many push out one who has just come', () => {
  const { guard, admit } = make(100);
  const many = [...admit('192.0.2.7', 50), ...admit('192.0.2.8', 50)];
  for (const { socket } of many) {
    const request = requestOn(socket);
    guard.noteRequest(request);
    guard.noteAnswer(request);
  }
  const [come] = admit('198.51.100.1');
  const again = admit('192.0.2.7', 20);
  expect([come?.admitted, come?.socket.destroyed]).toEqual([true, false]);
  expect(again.every(({ admitted }) => admitted)).toBe(true);
  expect(guard.figures).toMatchObject({ open: 100, pushedOut: 21 });
});

it('takes the addresses of one IPv6 /64 for one source', () => {
  const { guard, admit } = make(20);
  const flood = Array.from({ length: 50 }, (_, i) => admit(`2001:db8:1:2::${i + 1}`)).flat();
  expect(flood.filter(({ socket }) => !socket.destroyed)).toHaveLength(10);
  expect(guard.figures.open).toBe(10);
  expect(admit('2001:db8:1:3::1')[0]?.admitted).toBe(true);
});

it('leaves what is being answered alone, and says no when all is', () => {
  const { guard, admit } = make(16);
  const busy = [...admit('192.0.2.7', 8), ...admit('192.0.2.8', 8)];
  for (const { socket } of busy) guard.noteRequest(requestOn(socket));
  expect(admit('192.0.2.9')[0]?.admitted).toBe(false);
  expect(busy.every(({ socket }) => !socket.destroyed)).toBe(true);
  const [first, second] = busy.map(({ socket }) => requestOn(socket));
  if (!first || !second) throw new Error('nobody is busy');
  guard.noteRequest(first);
  guard.noteAnswer(first);
  expect(admit('192.0.2.9')[0]?.admitted).toBe(true);
  expect(busy[0]?.socket.destroyed).toBe(true);
  expect(guard.figures).toMatchObject({ open: 16, refused: 1, pushedOut: 1 });
});

it('lets go of a request that never comes whole before it refuses anybody', () => {
  const { guard, admit } = make(16);
  const slow = [...admit('192.0.2.7', 8), ...admit('192.0.2.8', 8)];
  for (const { socket } of slow) guard.noteRequest(requestOn(socket, false));
  expect(admit('192.0.2.9')[0]?.admitted).toBe(true);
});

it('keeps room for paired servers, and does not count them among the clients', () => {
  const { guard, admit } = make(16, (address) => address === '192.0.2.50');
  for (const { socket } of [...admit('192.0.2.7', 8), ...admit('192.0.2.8', 8)]) {
    guard.noteRequest(requestOn(socket));
  }
  expect(admit('192.0.2.9')[0]?.admitted).toBe(false);
  const [link] = admit('192.0.2.50');
  expect(link?.admitted).toBe(true);
  if (link) guard.release(link.socket);
  expect(guard.figures.open).toBe(16);
  link?.socket.destroy();
  expect(guard.figures.open).toBe(16);
});

it('counts down to nothing when all have closed', () => {
  const { guard, admit } = make(16);
  for (const { socket } of admit('192.0.2.7', 12)) socket.destroy();
  expect(guard.figures.open).toBe(0);
});
