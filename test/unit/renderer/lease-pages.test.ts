import { beforeEach, describe, expect, test } from 'vitest';
import {
  LeasePages,
  pageRows,
  pagesKeptMax,
  refreshAfterMs,
  staleAfterMs,
} from '../../../src-renderer/tabs/leases/lease-pages.ts';
import { lease } from '../../support/renderer-harness/fixture.ts';

const total = 100_000;

/** Answers by hand, on a clock that the test moves. */
class Server {
  nowMs = 0;
  asked: number[] = [];
  refuses = false;
  private timers: { run: () => void; atMs: number }[] = [];

  readonly pages = new LeasePages({
    nowMs: () => this.nowMs,
    schedule: (run, afterMs) => {
      const timer = { run, atMs: this.nowMs + afterMs };
      this.timers.push(timer);
      return () => void (this.timers = this.timers.filter((other) => other !== timer));
    },
    fetchPage: async (offset, limit) => {
      this.asked.push(offset / pageRows);
      if (this.refuses) return { ok: false, code: 'NODE_AWAY', message: 'Away.' };
      const leases = Array.from({ length: limit }, (_, i) => lease(offset + i));
      return { ok: true, value: { leases, total } };
    },
  });

  /** Lets pass time, and everything happen that is due in it. */
  async pass(durationMs: number): Promise<void> {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      await this.settle();
      const due = this.timers.filter(({ atMs }) => atMs <= endMs);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = endMs;
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }
}

let server: Server;
beforeEach(async () => {
  server = new Server();
  server.pages.open();
  await server.settle();
});

describe('LeasePages', () => {
  test('fetches what can be seen and nothing else', async () => {
    expect(server.asked).toEqual([0]);
    expect(server.pages.getState().total).toBe(total);
    server.pages.setRange(5 * pageRows - 3, 5 * pageRows + 20);
    await server.settle();
    expect(server.asked).toEqual([0, 4, 5]);
    expect(server.pages.rowAt(5 * pageRows)?.holder.user).toBe('user001000');
    expect(server.pages.rowAt(7 * pageRows)).toBeUndefined();
  });

  test('passes over what was scrolled past while a page was on its way', async () => {
    for (let page = 1; page <= 50; page++) {
      server.pages.setRange(page * pageRows, page * pageRows + 10);
    }
    await server.settle();
    expect(server.asked).toEqual([0, 1, 50]);
  });

  test('fetches anew when the leases changed, at most twice a second', async () => {
    for (let revision = 1; revision <= 100; revision++) {
      server.pages.setRevision(revision);
      await server.pass(20);
    }
    const times = server.asked.length - 1;
    expect(times).toBeGreaterThanOrEqual(3);
    expect(times).toBeLessThanOrEqual(2_000 / refreshAfterMs);
  });

  test('fetches anew after a while when they did not, as renewals move their ends', async () => {
    await server.pass(staleAfterMs - 1);
    expect(server.asked).toHaveLength(1);
    await server.pass(1);
    expect(server.asked).toHaveLength(2);
  });

  test('keeps what it has when it is refused, says why, and goes on asking', async () => {
    server.refuses = true;
    server.pages.setRevision(1);
    await server.pass(refreshAfterMs);
    expect(server.pages.getState().refusal?.message).toBe('Away.');
    expect(server.pages.rowAt(0)).toBeDefined();
    server.refuses = false;
    await server.pass(refreshAfterMs);
    expect(server.pages.getState().refusal).toBeNull();
  });

  test('holds few pages, the ones seen last', async () => {
    for (let page = 1; page < 2 * pagesKeptMax; page++) {
      server.pages.setRange(page * pageRows, page * pageRows + 1);
      await server.settle();
    }
    expect(server.pages.rowAt(0)).toBeUndefined();
    expect(server.pages.rowAt((2 * pagesKeptMax - 1) * pageRows)).toBeDefined();
    const held = Array.from({ length: 2 * pagesKeptMax }, (_, page) => page * pageRows).filter(
      (row) => server.pages.rowAt(row),
    );
    expect(held).toHaveLength(pagesKeptMax);
  });

  test('asks for nothing once it is closed', async () => {
    server.pages.close();
    server.pages.setRevision(1);
    await server.pass(60_000);
    expect(server.asked).toEqual([0]);
  });
});
