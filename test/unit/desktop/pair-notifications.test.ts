import { describe, expect, test } from 'vitest';
import {
  blipToleratedMs,
  deriveNotifications,
  type NotificationMemory,
} from '../../../src-main/desktop/notifications/derive-notifications.ts';
import {
  at,
  atMs,
  makeLicense,
  makeNode,
  makePair,
  makeUi,
  serverA,
  serverB,
  type PairParts,
} from '../../support/snapshot-builders.ts';

/** One admin at a server of a pair through time. */
class Admin {
  memory: NotificationMemory = { told: [], shownAtMs: [], seenSinceMs: {} };
  #active: string | undefined;
  #activeSince = at;

  sees(parts: PairParts, afterMs: number): string[] {
    const activeSince = parts.ledger?.activeSince ?? this.#followActive(parts, afterMs);
    const ui = makeUi({ node: makePair({ ...parts, ledger: { ...parts.ledger, activeSince } }) });
    const plan = deriveNotifications(ui, this.memory, atMs + afterMs);
    this.memory = plan.memory;
    return plan.show.map(({ title, body }) => `${title}. ${body}`);
  }

  /** Unless a test says otherwise, a server serves since this admin has seen it serve. */
  #followActive({ ledger }: PairParts, afterMs: number): string {
    const active = ledger?.active ?? serverA;
    if (active !== this.#active) this.#activeSince = instantAt(afterMs);
    this.#active = active;
    return this.#activeSince;
  }
}

const instantAt = (afterMs: number) => new Date(atMs + afterMs).toISOString();

const atBackup = true;
const failedOver: PairParts = {
  atBackup,
  ledger: { active: serverB, term: 4, here: 'active', synchronised: [serverB] },
  main: { connected: false, synchronised: false },
  ready: false,
};
const unsynchronised: PairParts = {
  ledger: { synchronised: [serverA] },
  backup: { synchronised: false },
  ready: false,
};
const minuteMs = 60_000;

describe('failover', () => {
  test('is told once when it began and once when it ended', () => {
    const admin = new Admin();
    expect(admin.sees({ atBackup }, 0)).toEqual([]);
    const began = admin.sees(failedOver, 1_000);
    expect(began).toHaveLength(1);
    expect(began[0]).toMatch(
      /^SRV-A stopped responding\. SRV-B is serving 1 licence, 4 seats kept\. /,
    );
    const back = { ...failedOver, main: { connected: true, synchronised: false } };
    expect(admin.sees(back, minuteMs)).toEqual([]);
    expect(admin.sees({ atBackup }, 2 * minuteMs)).toEqual([
      'SRV-A took its licences back from SRV-B. 1 licence, 4 seats kept.',
    ]);
    expect(admin.sees({ atBackup }, 2 * minuteMs + 1_000)).toEqual([]);
  });

  test('is told to be over also when nobody served for a moment in between', () => {
    const admin = new Admin();
    admin.sees(failedOver, 0);
    const between: PairParts = {
      ...{ atBackup, ready: false },
      ledger: { active: null, term: 5, here: 'standby', synchronised: [] },
    };
    expect(admin.sees(between, 1_000)).toEqual([]);
    expect(admin.sees({ atBackup }, 2_000)).toEqual([
      'SRV-A took its licences back from SRV-B. 1 licence, 4 seats kept.',
    ]);
    expect(admin.sees({ atBackup }, 3_000)).toEqual([]);
  });

  test('that goes on after such a moment is not told anew', () => {
    const admin = new Admin();
    admin.sees(failedOver, 0);
    admin.sees({ atBackup, ledger: { active: null, synchronised: [] }, ready: false }, 1_000);
    expect(admin.sees(failedOver, 2_000)).toEqual([]);
    expect(admin.sees({ atBackup }, 3_000)).toHaveLength(1);
  });

  test('names what waits for the main because it is not covered', () => {
    const pair = makePair(failedOver);
    const own = makeLicense({ id: 'own', inUse: 2, servedBy: null });
    const ui = makeUi({ node: { ...pair, licenses: [...(pair.licenses ?? []), own] } });
    const none: NotificationMemory = { told: [], shownAtMs: [], seenSinceMs: {} };
    expect(deriveNotifications(ui, none, atMs).show.map(({ body }) => body)).toEqual([
      'SRV-B is serving 1 licence, 4 seats kept. 1 licence is not covered and waits for SRV-A. ' +
        'SRV-A takes its licences back automatically: it has to return first, and to be synchronised for 10 seconds.',
    ]);
  });

  test('a main that hangs is not taken for one that is back', () => {
    const hanging = { ...failedOver, main: { connected: true, synchronised: false } };
    expect(new Admin().sees(hanging, 0)).toEqual([
      expect.stringMatching(/^SRV-A stopped responding\. .* synchronised for 10 seconds\.$/),
    ]);
    const since = new Date(atMs - 10_000).toISOString();
    const back = { ...hanging, ledger: { ...failedOver.ledger, activeSince: since } };
    const admin = new Admin();
    expect(admin.sees(back, 0)).toEqual([]);
    expect(admin.sees(back, 5_000)).toEqual([expect.stringMatching(/^SRV-B serves for SRV-A\./)]);
  });

  test('of others is no business of their witness', () => {
    const witness = { ...makeNode().server, id: 'c'.repeat(64), name: 'SRV-W' };
    const pair = makePair(failedOver);
    const ledgers = pair.ledgers?.map((ledger) => ({ ...ledger, witness: witness.id })) ?? [];
    const ui = makeUi({ node: { server: witness, ledgers, licenses: [] } });
    const none: NotificationMemory = { told: [], shownAtMs: [], seenSinceMs: {} };
    expect(deriveNotifications(ui, none, atMs).show).toEqual([]);
    expect(ui.trayState).toBe('serving');
  });

  test('a second one is told again', () => {
    const admin = new Admin();
    admin.sees(failedOver, 0);
    admin.sees({ atBackup }, minuteMs);
    expect(admin.sees(failedOver, 3 * minuteMs)).toHaveLength(1);
  });

  test('three failures in four minutes are all told, with how often it was', () => {
    const admin = new Admin();
    const told: string[] = [];
    for (const failedAt of [0, 100, 240]) {
      told.push(...admin.sees(failedOver, failedAt * 1_000));
      told.push(...admin.sees({ atBackup }, (failedAt + 40) * 1_000));
    }
    expect(told.map((text) => text.split('. ')[0])).toEqual([
      'SRV-A stopped responding',
      'SRV-A took its licences back from SRV-B',
      'SRV-A failed 2 times in 2 minutes',
      'SRV-A took its licences back from SRV-B',
      'SRV-A failed 3 times in 4 minutes',
      'SRV-A took its licences back from SRV-B',
    ]);
    expect(told[4]).toContain('SRV-B is serving 1 licence, 4 seats kept.');
    expect(told[5]).toMatch(/SRV-A failed 3 times in 4 minutes\.$/);
  });

  test('the admins of both servers are told the same span, also at the one that was away', () => {
    const [atA, atB] = [new Admin(), new Admin()];
    const [first, second] = [0, 81_000].map(instantAt);
    const at = (activeSince: string | undefined, parts: PairParts): PairParts => ({
      ...parts,
      ledger: { ...parts.ledger, activeSince: activeSince ?? null },
    });
    const atMain: PairParts = { ledger: { active: serverB, term: 4, here: 'standby' } };
    atB.sees(at(first, failedOver), 100);
    // SRV-A is started again after half a minute.
    for (const afterMs of [30_000, 36_000]) atA.sees(at(first, atMain), afterMs);
    for (const admin of [atA, atB]) admin.sees(admin === atA ? {} : { atBackup }, 45_000);
    const toldB = atB.sees(at(second, failedOver), 81_100);
    atA.sees(at(second, atMain), 86_000);
    const toldA = atA.sees(at(second, atMain), 92_000);
    for (const told of [toldA, toldB]) {
      expect(told).toEqual([expect.stringMatching(/^SRV-A failed 2 times in 81 seconds\. /)]);
    }
  });

  test('one that follows within seconds of the last is told a little later, not never', () => {
    const admin = new Admin();
    admin.sees(failedOver, 0);
    admin.sees({ atBackup }, 12_000);
    expect(admin.sees(failedOver, 16_000)).toEqual([]);
    expect(admin.sees(failedOver, 30_000)).toEqual([
      expect.stringMatching(/^SRV-A failed 2 times in 16 seconds\. SRV-B is serving 1 licence/),
    ]);
    expect(admin.sees({ atBackup }, 31_000)).toHaveLength(1);
  });

  test('that began and ended before it could be told is told with its end', () => {
    const admin = new Admin();
    admin.sees(failedOver, 0);
    admin.sees({ atBackup }, 10_000);
    expect(admin.sees(failedOver, 12_000)).toEqual([]);
    expect(admin.sees({ atBackup }, 20_000)).toEqual([]);
    expect(admin.sees({ atBackup }, 30_000)).toEqual([
      'SRV-A took its licences back from SRV-B. 1 licence, 4 seats kept. ' +
        'SRV-A failed 2 times in 12 seconds.',
    ]);
    expect(admin.sees({ atBackup }, 31_000)).toEqual([]);
  });

  test('a server that comes and goes by the second is no storm, and none of it is lost', () => {
    const admin = new Admin();
    const told: string[] = [];
    for (let second = 0; second < 120; second += 2) {
      told.push(...admin.sees(failedOver, second * 1_000));
      told.push(...admin.sees({ atBackup }, (second + 1) * 1_000));
    }
    told.push(...admin.sees({ atBackup }, 3 * minuteMs));
    expect(told.length).toBeLessThanOrEqual(10);
    expect(told.at(-1)).toContain('SRV-A failed 60 times in ');
  });

  test('is counted across a restart of this application', () => {
    const before = new Admin();
    before.sees(failedOver, 0);
    before.sees({ atBackup }, minuteMs);
    const after = new Admin();
    after.memory = { ...after.memory, told: before.memory.told };
    expect(after.sees(failedOver, 2 * minuteMs)).toEqual([
      expect.stringMatching(/^SRV-A failed 2 times in 2 minutes\./),
    ]);
  });

  test('an old one does not count', () => {
    const admin = new Admin();
    admin.sees(failedOver, 0);
    admin.sees({ atBackup }, minuteMs);
    admin.sees({ atBackup }, 20 * minuteMs);
    expect(admin.sees(failedOver, 21 * minuteMs)).toEqual([
      expect.stringMatching(/^SRV-A stopped responding\./),
    ]);
  });

  test('on the screen of the server that failed, serving again is what ends it', () => {
    const admin = new Admin();
    const atMain: PairParts = {
      ledger: { active: serverB, term: 4, here: 'standby' },
      ready: true,
    };
    expect(admin.sees(atMain, 0)).toEqual([]);
    expect(admin.sees(atMain, 5_000)).toEqual([
      expect.stringMatching(/^SRV-B serves for SRV-A\. .* SRV-A is synchronised: /),
    ]);
    expect(admin.sees({}, 20_000)).toEqual([
      'Serving licences again. SRV-A took its licences back from SRV-B: 1 licence, 4 seats kept.',
    ]);
  });

  test('of a server that an admin had switched over to is told, and its return', () => {
    const admin = new Admin();
    const placed = { placed: serverB, synchronised: [serverA] };
    const lost: PairParts = {
      ledger: { ...placed, active: serverA },
      backup: { connected: false, synchronised: false },
      ready: false,
    };
    expect(admin.sees({ ledger: { placed: serverB, active: serverB } }, 0)).toEqual([]);
    expect(admin.sees(lost, 1_000)).toEqual([
      expect.stringMatching(/^SRV-B stopped responding\. SRV-A is serving 1 licence/),
    ]);
    expect(admin.sees({ ledger: { placed: serverB, active: serverB } }, minuteMs)).toEqual([
      'SRV-B serves for SRV-A again. 1 licence, 4 seats kept.',
    ]);
  });

  test('while notifications are paused is told afterwards, also when it is over', () => {
    const admin = new Admin();
    const see = (parts: PairParts, afterMs: number, paused: boolean) => {
      const desktop = { notificationsPausedUntilMs: paused ? atMs + 10 * minuteMs : null };
      const ui = makeUi({ node: makePair(parts), desktop });
      const plan = deriveNotifications(ui, admin.memory, atMs + afterMs);
      admin.memory = plan.memory;
      return plan.show.map(({ title }) => title);
    };
    expect(see(failedOver, 0, true)).toEqual([]);
    expect(see({ atBackup }, minuteMs, true)).toEqual([]);
    expect(see({ atBackup }, 2 * minuteMs, false)).toEqual([
      'SRV-A took its licences back from SRV-B',
    ]);
  });

  test('a switchover that an admin ordered is no news', () => {
    const admin = new Admin();
    const ledger = { active: serverB, placed: serverB, here: 'active' } as const;
    expect(admin.sees({ atBackup, ledger }, 0)).toEqual([]);
    expect(admin.sees({ atBackup, ledger }, minuteMs)).toEqual([]);
    expect(admin.sees({ atBackup }, 2 * minuteMs)).toEqual([]);
  });

  test('neither is a failback, whose order is there a moment before it is done', () => {
    const admin = new Admin();
    const ledger = { active: serverB, placed: serverB, here: 'active' } as const;
    const hourMs = 60 * minuteMs;
    admin.sees({ atBackup, ledger }, 0);
    admin.sees({ atBackup, ledger }, hourMs);
    // The order to serve again is given, and the one to serve has not begun yet.
    expect(admin.sees({ atBackup, ledger: { ...ledger, placed: null } }, hourMs + 50)).toEqual([]);
    expect(admin.sees({ atBackup }, hourMs + 100)).toEqual([]);
    // The same on the way there.
    expect(admin.sees({ atBackup, ledger: { placed: serverB } }, 2 * hourMs)).toEqual([]);
    expect(admin.sees({ atBackup, ledger }, 2 * hourMs + 50)).toEqual([]);
    expect(admin.sees({ atBackup, ledger }, 3 * hourMs)).toEqual([]);
  });

  test('a relationship that is dissolved meanwhile is not told to be over', () => {
    const admin = new Admin();
    admin.sees(failedOver, 0);
    const plan = deriveNotifications(makeUi({}), admin.memory, atMs + minuteMs);
    expect(plan.show).toEqual([]);
  });
});

describe('synchronisation', () => {
  test('a blip is told neither when it begins nor when it ends', () => {
    const admin = new Admin();
    expect(admin.sees(unsynchronised, 0)).toEqual([]);
    expect(admin.sees(unsynchronised, blipToleratedMs - 1)).toEqual([]);
    expect(admin.sees({}, blipToleratedMs)).toEqual([]);
    expect(admin.sees(unsynchronised, blipToleratedMs + 1_000)).toEqual([]);
  });

  test('its loss is one notification, readiness included, and so is its return', () => {
    const admin = new Admin();
    admin.sees(unsynchronised, 0);
    const lost = admin.sees(unsynchronised, blipToleratedMs);
    expect(lost).toHaveLength(1);
    expect(lost[0]).toMatch(
      /^No standby is left: SRV-B is not synchronised\. SRV-B is connected and catching up\./,
    );
    expect(admin.sees({}, minuteMs)).toEqual([
      'SRV-B is synchronised again. A failover would work now.',
    ]);
  });

  test('is not told to be back when a failover began instead', () => {
    const admin = new Admin();
    const mainLost: PairParts = {
      atBackup,
      ledger: { active: null, synchronised: [] },
      main: { connected: false },
    };
    admin.sees(mainLost, 0);
    admin.sees(mainLost, blipToleratedMs);
    const titles = admin.sees(failedOver, blipToleratedMs + 1_000);
    expect(titles).toHaveLength(1);
    expect(titles[0]).toMatch(/^SRV-A stopped responding/);
  });
});

test('readiness that is lost for another reason is told with it, and its return', () => {
  const admin = new Admin();
  admin.sees({ ready: false }, 0);
  expect(admin.sees({ ready: false }, blipToleratedMs)).toEqual([
    'A failover would not work now. The clocks differ.',
  ]);
  expect(admin.sees({}, minuteMs)).toEqual([
    'A failover would work again. Nothing stands in the way of a failover any more.',
  ]);
});

test('an overdraft is told when it begins and when it is worked off', () => {
  const admin = new Admin();
  const overdraft = { units: 3, since: new Date(atMs).toISOString() };
  expect(admin.sees({ ledger: { overdraft } }, 0)).toEqual([
    expect.stringMatching(
      /^3 more seats in use than licensed\. The timeline says how seats of SRV-A/,
    ),
  ]);
  expect(admin.sees({ ledger: { overdraft: { ...overdraft, units: 2 } } }, 1_000)).toEqual([]);
  expect(admin.sees({}, minuteMs)).toEqual([
    'No more seats are in use than licensed. SRV-A grants new seats again.',
  ]);
});

test('while a relationship is set up, nothing is amiss yet', () => {
  const admin = new Admin();
  const forming: PairParts = { ...unsynchronised, relationship: { state: 'forming' } };
  admin.sees(forming, 0);
  expect(admin.sees(forming, minuteMs)).toEqual([]);
});
