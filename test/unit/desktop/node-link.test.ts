import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { NodeProcessMessage } from '../../../src-shared/contract/node-process.ts';
import { FakeMachine } from './fake-machine.ts';

let machine: FakeMachine;

beforeEach(() => {
  vi.useFakeTimers();
  machine = new FakeMachine();
});

afterEach(async () => {
  const stopped = machine.link.stop();
  await vi.advanceTimersByTimeAsync(20_000);
  await stopped;
  vi.useRealTimers();
});

async function startEmbedded(): Promise<void> {
  machine.link.start();
  await vi.advanceTimersByTimeAsync(5);
  machine.socket = 'answers';
  machine.child.tell({ type: 'started', adminAddress: '/data/admin.sock' });
  await vi.advanceTimersByTimeAsync(5);
}

test('a node that an admin has stopped goes on until the shell, told of it, stops it', async () => {
  await startEmbedded();
  machine.child.tell({ type: 'stopAsked' });
  expect(machine.stopsAsked).toBe(1);
  expect(machine.child.heard).toEqual([]);
  const stopped = machine.link.stop();
  await vi.advanceTimersByTimeAsync(20);
  await stopped;
  expect(machine.child.heard).toEqual([{ type: 'stop' }]);
  expect(machine.children).toHaveLength(1);
});

test('with nothing on the socket the node is embedded', async () => {
  await startEmbedded();
  expect(machine.children).toHaveLength(1);
  expect(machine.child.options).toMatchObject({ dataDirectory: '/data', packaged: false });
  expect(machine.connection).toMatchObject({ state: 'connected', mode: 'embedded' });
});

test('with a node on the socket it is attached, and left running at the end', async () => {
  machine.socket = 'answers';
  machine.link.start();
  await vi.advanceTimersByTimeAsync(5);
  expect(machine.connection).toMatchObject({ state: 'connected', mode: 'attached' });
  await machine.link.stop();
  expect(machine.children).toEqual([]);
});

test('an attached node that ends is waited for, and replaced only when the admin says so', async () => {
  machine.socket = 'answers';
  machine.link.start();
  await vi.advanceTimersByTimeAsync(5);
  await machine.hangUp();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(machine.children).toEqual([]);
  expect(machine.connection).toMatchObject({ state: 'away', mode: 'attached' });
  expect(machine.connection.message).toContain('has stopped');
  expect(machine.connection.startable).toBe(true);
  machine.socket = 'answers';
  await vi.advanceTimersByTimeAsync(600);
  expect(machine.connection.state).toBe('connected');
});

test('the admin has one started here in the place of an attached node that is gone', async () => {
  machine.socket = 'answers';
  machine.link.start();
  await vi.advanceTimersByTimeAsync(5);
  machine.link.startNow();
  expect(machine.children).toEqual([]);
  await machine.hangUp();
  machine.link.startNow();
  expect(machine.children).toHaveLength(1);
  expect(machine.connection).toMatchObject({ state: 'starting', mode: 'embedded' });
  machine.socket = 'answers';
  machine.child.tell({ type: 'started', adminAddress: '/data/admin.sock' });
  await vi.advanceTimersByTimeAsync(5);
  expect(machine.connection).toMatchObject({ state: 'connected', mode: 'embedded' });
  const stopped = machine.link.stop();
  await vi.advanceTimersByTimeAsync(20);
  await stopped;
  expect(machine.child.heard).toEqual([{ type: 'stop' }]);
});

test('one that is silent but there is not replaced', async () => {
  machine.socket = 'answers';
  machine.link.start();
  await vi.advanceTimersByTimeAsync(5);
  machine.socket = 'silent';
  await vi.advanceTimersByTimeAsync(10_000);
  expect(machine.connection).toMatchObject({ state: 'away', startable: false });
  machine.link.startNow();
  expect(machine.children).toEqual([]);
});

test('the admin need not wait for the next start of an embedded node', async () => {
  await startEmbedded();
  for (let round = 0; round < 6; round += 1) {
    machine.child.exit(1);
    await machine.hangUp();
    if (round < 5) machine.link.startNow();
  }
  expect(machine.connection.nextTryAtMs).toBe(Date.now() + 8_000);
  const count = machine.children.length;
  machine.link.startNow();
  expect(machine.children).toHaveLength(count + 1);
  await vi.advanceTimersByTimeAsync(8_000);
  expect(machine.children).toHaveLength(count + 1);
});

test('an embedded node that dies is started again, later each time', async () => {
  await startEmbedded();
  const waits: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const count = machine.children.length;
    machine.child.exit(1);
    await machine.hangUp();
    expect(machine.connection.state).toBe('away');
    const beganMs = Date.now();
    while (machine.children.length === count) await vi.advanceTimersByTimeAsync(10);
    waits.push(Date.now() - beganMs);
  }
  expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  expect(machine.logged).toContainEqual(
    'The licence server stopped unexpectedly (status 1). It is started again automatically.',
  );
});

test('a node that was healthy for a while is started again at once', async () => {
  await startEmbedded();
  machine.child.exit(1);
  await machine.hangUp();
  await vi.advanceTimersByTimeAsync(250);
  machine.socket = 'answers';
  machine.child.tell({ type: 'started', adminAddress: '/data/admin.sock' });
  await vi.advanceTimersByTimeAsync(61_000);
  machine.child.exit(1);
  await machine.hangUp();
  await vi.advanceTimersByTimeAsync(249);
  expect(machine.children).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(machine.children).toHaveLength(3);
});

test('silence shows after 2 s, is over with the next line, and ends the process after 60 s', async () => {
  await startEmbedded();
  machine.link.watchAt('close');
  machine.socket = 'silent';
  await vi.advanceTimersByTimeAsync(3_000);
  expect(machine.connection.state).toBe('away');
  machine.socket = 'answers';
  await vi.advanceTimersByTimeAsync(1_000);
  expect(machine.connection.state).toBe('connected');
  machine.socket = 'silent';
  await vi.advanceTimersByTimeAsync(59_000);
  expect(machine.child.killed).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(machine.children[0]?.killed).toBe(true);
  expect(machine.children).toHaveLength(2);
});

test('nobody looks: the node is watched calmly, and a silence shows after 8 s', async () => {
  await startEmbedded();
  expect(machine.pace).toBe('calm');
  machine.socket = 'silent';
  await vi.advanceTimersByTimeAsync(4_500);
  expect(machine.connection.state).toBe('connected');
  await vi.advanceTimersByTimeAsync(8_000);
  expect(machine.connection.state).toBe('away');
});

test('who opens the window is shown what is true now, and the other pace is no gap', async () => {
  await startEmbedded();
  const states = new Set<string>();
  for (const pace of ['close', 'calm', 'close'] as const) {
    const before = machine.link.state.node;
    machine.link.watchAt(pace);
    expect(machine.pace).toBe(pace);
    await vi.advanceTimersByTimeAsync(5);
    expect(machine.link.state.node).not.toBe(before);
    for (let second = 0; second < 10; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      states.add(machine.connection.state);
    }
  }
  expect([...states]).toEqual(['connected']);
});

test.each(['STORE_DAMAGED', 'STORE_NEWER', 'IDENTITY_DAMAGED', 'SETTINGS_DAMAGED'] as const)(
  '%s waits for the admin',
  async (code) => {
    machine.link.start();
    await vi.advanceTimersByTimeAsync(5);
    machine.child.tell({ type: 'failed', code, message: 'The ledger is damaged.' });
    machine.child.exit(1);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(machine.children).toHaveLength(1);
    expect(machine.link.state.failure?.code).toBe(code);
    expect(machine.link.waitsForAdmin).toBe(true);
    expect(machine.connection.message).toMatch(
      /^The ledger is damaged\. Choose “What can be done …”/,
    );

    machine.link.startAgain({ startAnew: true });
    expect(machine.children).toHaveLength(2);
    expect(machine.child.options.startAnew).toBe(true);
    expect(machine.connection.state).toBe('starting');
    machine.socket = 'answers';
    machine.child.tell({ type: 'started', adminAddress: '/data/admin.sock' });
    await vi.advanceTimersByTimeAsync(5);
    expect(machine.link.state).toMatchObject({ failure: null, connection: { state: 'connected' } });
  },
);

test('a data directory that cannot be used is tried again', async () => {
  machine.link.start();
  await vi.advanceTimersByTimeAsync(5);
  machine.child.tell({ type: 'failed', code: 'DATA_DIRECTORY_UNUSABLE', message: 'Read-only.' });
  machine.child.exit(1);
  expect(machine.link.state.failure?.code).toBe('DATA_DIRECTORY_UNUSABLE');
  await vi.advanceTimersByTimeAsync(250);
  expect(machine.children).toHaveLength(2);
  expect(machine.child.options.startAnew).toBe(false);
});

test('a busy data directory leads to the node that uses it', async () => {
  machine.link.start();
  await vi.advanceTimersByTimeAsync(5);
  machine.socket = 'answers';
  machine.child.tell({ type: 'failed', code: 'DATA_DIRECTORY_BUSY', message: 'In use.' });
  machine.child.exit(1);
  await vi.advanceTimersByTimeAsync(10);
  expect(machine.connection).toMatchObject({ state: 'connected', mode: 'attached' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(machine.children).toHaveLength(1);

  // Once that node has ended, the admin has one started in its place.
  await machine.hangUp();
  expect(machine.connection).toMatchObject({ state: 'away', startable: true });
  machine.link.startNow();
  expect(machine.children).toHaveLength(2);
  machine.socket = 'answers';
  machine.child.tell({ type: 'started', adminAddress: '/data/admin.sock' });
  await vi.advanceTimersByTimeAsync(5);
  expect(machine.connection).toMatchObject({ state: 'connected', mode: 'embedded' });
});

test('a process that fails and does not end is ended', async () => {
  machine.link.start();
  await vi.advanceTimersByTimeAsync(5);
  machine.child.tell({ type: 'failed', code: 'INTERNAL', message: 'A fault.' });
  await vi.advanceTimersByTimeAsync(5_001);
  expect(machine.children[0]?.killed).toBe(true);
});

test('stop is orderly, and bounded when the process does not obey', async () => {
  await startEmbedded();
  machine.child.obedient = false;
  let over = false;
  void machine.link.stop().then(() => (over = true));
  expect(machine.child.heard).toEqual([{ type: 'stop' }]);
  await vi.advanceTimersByTimeAsync(9_999);
  expect([machine.child.killed, over]).toEqual([false, false]);
  await vi.advanceTimersByTimeAsync(2);
  expect([machine.child.killed, over]).toEqual([true, true]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(machine.children).toHaveLength(1);
});

test('a message that is none of the contract is not believed', async () => {
  machine.link.start();
  await vi.advanceTimersByTimeAsync(5);
  machine.child.tell({ type: 'started' } as unknown as NodeProcessMessage);
  await vi.advanceTimersByTimeAsync(5);
  expect(machine.connection.state).toBe('starting');
});

const installed = { dataDirectory: '/installed', mayEmbed: false };
const own = { dataDirectory: '/own', mayEmbed: true };

test('an installed server that does not run is waited for, and never embedded', async () => {
  machine = new FakeMachine(installed);
  machine.link.start();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(machine.children).toHaveLength(0);
  expect(machine.connection).toMatchObject({ state: 'away', mode: 'attached', startable: false });
  expect(machine.connection.message).toContain('its service is not running');
  machine.link.startNow();
  machine.socket = 'answers';
  await vi.advanceTimersByTimeAsync(1_000);
  expect(machine.connection).toMatchObject({ state: 'connected', mode: 'attached' });
  await machine.hangUp();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(machine.connection).toMatchObject({ state: 'away', startable: false });
  expect(machine.children).toHaveLength(0);
});

test('the shell goes over to the installed server, and back, one at a time', async () => {
  machine = new FakeMachine(own);
  machine.serves = (folder) => folder === '/installed';
  machine.socket = 'answers';
  machine.link.start();
  await vi.advanceTimersByTimeAsync(10);
  expect(machine.child.options.dataDirectory).toBe('/own');

  const over = machine.link.use(installed);
  expect(machine.connection).toMatchObject({ state: 'starting', mode: 'attached' });
  expect(machine.link.state.node).toBeNull();
  expect(machine.child.heard).toEqual([{ type: 'stop' }]);
  await vi.advanceTimersByTimeAsync(100);
  await over;
  expect(machine.connection).toMatchObject({ state: 'connected', mode: 'attached' });

  const back = machine.link.use(own);
  await vi.advanceTimersByTimeAsync(100);
  await back;
  expect(machine.children).toHaveLength(2);
  expect(machine.child.options.dataDirectory).toBe('/own');
  expect(machine.connection).toMatchObject({ state: 'starting', mode: 'embedded' });
});

test('of two choices in a row the last one counts', async () => {
  machine = new FakeMachine(own);
  machine.serves = (folder) => folder === '/installed';
  machine.socket = 'answers';
  machine.link.start();
  await vi.advanceTimersByTimeAsync(10);
  const both = Promise.all([machine.link.use(installed), machine.link.use(own)]);
  await vi.advanceTimersByTimeAsync(100);
  await both;
  expect(machine.children).toHaveLength(2);
  expect(machine.connection).toMatchObject({ state: 'starting', mode: 'embedded' });
});
