import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientApi, ClientApiSettings } from '../../../src-main/node/client-api/client-api.ts';
import { ListenFailure } from '../../../src-main/node/client-api/tls-listener.ts';
import { ClientPort } from '../../../src-main/node/client-api/client-port.ts';

const wanted: ClientApiSettings = {
  listenHost: '127.0.0.1',
  listenPort: 7470,
  requestsPerSecondMax: 100,
  connectionsMax: 100,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function make() {
  const taken = new Set<number>();
  const opened: number[] = [];
  const said: string[] = [];
  let changes = 0;
  let closed = 0;
  const check = ({ listenPort: port }: ClientApiSettings) => {
    if (taken.has(port)) throw new ListenFailure('PORT_IN_USE', `Port ${port} is taken.`);
    opened.push(port);
  };
  const start = async (settings: ClientApiSettings): Promise<ClientApi> => {
    check(settings);
    let current = settings;
    return {
      address: () => ({ host: current.listenHost, port: current.listenPort }),
      reconfigure: async (next) => {
        check(next);
        current = next;
      },
      close: async () => void closed++,
    };
  };
  const port = new ClientPort({
    settings: wanted,
    log: { warn: (message) => void said.push(message), info: () => undefined },
    onChange: () => void changes++,
  });
  const open = () => port.open(start);
  return { port, open, taken, opened, said, changes: () => changes, closed: () => closed };
}

describe('the client port', () => {
  it('is tried again while it is taken, and that is said once', async () => {
    const { port, open, taken, said } = make();
    taken.add(7470);
    await open();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(said).toEqual(['Port 7470 is taken. It is tried again every few seconds.']);
    expect(port.status()).toMatchObject({ open: false, port: 7470, reason: { code: 'PORT_BUSY' } });
    taken.clear();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await port.listening()).toEqual({ host: '127.0.0.1', port: 7470 });
    expect(port.status()).toEqual({ open: true, host: '127.0.0.1', port: 7470 });
  });

  it('takes another port at once, and leaves the busy one alone from then on', async () => {
    const { port, open, taken, opened } = make();
    taken.add(7470);
    await open();
    await port.reconfigure({ ...wanted, listenPort: 7471 });
    taken.clear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(opened).toEqual([7471]);
    expect(port.status()).toMatchObject({ open: true, port: 7471 });
  });

  it('stays where it is when the new port is taken', async () => {
    const { port, open, taken } = make();
    await open();
    taken.add(7471);
    await expect(port.reconfigure({ ...wanted, listenPort: 7471 })).rejects.toThrow('taken');
    expect(port.status()).toMatchObject({ open: true, port: 7470 });
  });

  it('goes on trying the old one when the new one is taken too', async () => {
    const { port, open, taken } = make();
    taken.add(7470).add(7471);
    await open();
    await expect(port.reconfigure({ ...wanted, listenPort: 7471 })).rejects.toThrow('7471');
    taken.delete(7470);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(port.status()).toMatchObject({ open: true, port: 7470 });
  });

  it('is not opened after it was closed', async () => {
    const { port, open, taken, opened, closed } = make();
    taken.add(7470);
    await open();
    await port.close();
    taken.clear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([opened, closed()]).toEqual([[], 0]);
  });
});
