import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ReadTurns } from '../../../src-main/node/client-api/read-turns.ts';

/** As much of a socket as has its turn: whether it is listened to is seen. */
class FakeSocket extends EventEmitter {
  listened = true;
  readonly _handle = {
    reading: true,
    readStart: () => {
      this.listened = true;
    },
    readStop: () => {
      this.listened = false;
    },
  };
}

const asSocket = (fake: FakeSocket) => fake as unknown as Socket;

let nowMs = 0;
let planned: (() => void)[] = [];

beforeEach(() => {
  planned = [];
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  vi.stubGlobal('setImmediate', (work: () => void) => planned.push(work));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** What was planned for after the turn, and not what that plans in its turn. */
function nextTurn(): void {
  for (const work of planned.splice(0)) work();
}

function make(count: number) {
  const turns = new ReadTurns();
  const sockets = Array.from({ length: count }, () => new FakeSocket());
  for (const socket of sockets) turns.join(asSocket(socket));
  const listened = () => sockets.flatMap(({ listened }, at) => (listened ? [at] : []));
  /** Those of them that are listened to are heard one after the other; returns how many. */
  const hear = (talking: readonly FakeSocket[], workMs: number): number => {
    let heard = 0;
    for (const socket of talking) {
      if (!socket.listened) continue;
      turns.heard(asSocket(socket));
      nowMs += workMs;
      heard++;
    }
    return heard;
  };
  return { turns, sockets, listened, hear };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

test('all are listened to while what they say takes little', () => {
  const { sockets, listened, hear } = make(200);
  for (let turn = 0; turn < 3; turn++) {
    expect(hear(sockets, 0.01)).toBe(200);
    nextTurn();
  }
  expect(listened()).toHaveLength(200);
});

test('none is listened to when a turn has taken long, and then some in each turn again', () => {
  const { sockets, listened, hear } = make(200);
  expect(hear(sockets, 1)).toBe(8);
  expect(listened()).toEqual([]);
  nextTurn();
  expect(listened()).toEqual(range(8, 40));
  nextTurn();
  expect(listened()).toEqual(range(8, 104));
  while (planned.length > 0) nextTurn();
  expect(listened()).toHaveLength(200);
});

test('whoever speaks after others who never stop is heard all the same', () => {
  const { sockets, hear } = make(1_000);
  const [talkers, late] = [sockets.slice(0, -1), sockets.slice(-1)];
  let turns = 0;
  for (let heard = 0; heard === 0; turns++) {
    hear(talkers, 1);
    heard = hear(late, 1);
    nextTurn();
    if (turns > 1_000) throw new Error('it is never heard');
  }
  expect(turns).toBeLessThan(300);
});

test('a connection of another server is always listened to', () => {
  const { turns, sockets, listened, hear } = make(200);
  const [first, last] = [sockets[0], sockets[199]];
  if (!first || !last) throw new Error('there are none');
  turns.leave(asSocket(first));
  hear(sockets.slice(1), 1);
  expect(listened()).toEqual([0]);
  turns.leave(asSocket(last));
  expect(listened()).toEqual([0, 199]);
});

test('what does not want to read is not made to, and what has closed is forgotten', () => {
  const { sockets, listened, hear } = make(20);
  const [paused, closed] = sockets.slice(18);
  if (!paused || !closed) throw new Error('there are none');
  hear(sockets.slice(0, 10), 1);
  expect(listened()).toEqual([]);
  paused._handle.reading = false;
  closed.emit('close');
  nextTurn();
  expect(listened()).toEqual(range(0, 18));
});
