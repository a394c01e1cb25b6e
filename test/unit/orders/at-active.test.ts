import { expect, it } from 'vitest';
import { AtActive, type Carriers } from '../../../src-main/node/orders/at-active.ts';
import { type Refusal, refuse } from '../../../src-shared/contract/admin-error.ts';
import { makeLedgerView } from '../../support/ledger-views.ts';
import { otherId, serverId } from '../../support/records.ts';

const done = { ok: true, value: {} } as const;
const handingOver = refuse('NOT_SERVING', 'Another server is taking over. Try again in a moment.');
const configuring = {
  ledger: 'ledger-1',
  change: { placed: null },
  kind: 'relationshipChanged',
  message: 'It was changed.',
} as const;
const ordering = {
  ledger: 'ledger-1',
  order: { type: 'remove', licenseId: 'acme-cad' },
} as const;

/** A ledger that another server serves, as far as this one knows, and orders to it. */
function makeOrders({ takeoverMsMax = 10_000 } = {}) {
  const carryOut = async () => done as never;
  const carriers: Carriers = {
    'ledger.order': { carryOut },
    'ledger.configure': { carryOut },
    'ledger.move': { carryOut },
  };
  const at = {
    unsettled: false,
    looks: 0,
    answers: [] as (typeof done | Refusal)[],
    asked: [] as string[],
  };
  const served = makeLedgerView({ view: { active: otherId, serving: false } });
  const orders = new AtActive(
    {
      ...{ serverId, nameOf: (id) => id, takeoverMsMax, replicas: undefined as never },
      calls: {
        call: async (to: string) => {
          at.asked.push(to);
          return (at.answers.shift() ?? done) as never;
        },
      },
      watch: {
        isUnsettled: () => {
          at.looks += 1;
          return at.unsettled;
        },
      },
    },
    carriers,
  );
  return { at, served, orders };
}

const admin = { kind: 'admin', name: 'root', server: serverId } as const;

async function looksFurther(at: { looks: number }): Promise<void> {
  const { looks } = at;
  await expect.poll(() => at.looks).toBeGreaterThan(looks + 2);
}

it('an order waits for the end of a takeover, and goes to who serves then', async () => {
  const { at, served, orders } = makeOrders();
  at.unsettled = true;
  const answer = orders.order(served, 'ledger.order', ordering, admin);
  await looksFurther(at);
  expect(at.asked).toEqual([]);
  at.unsettled = false;
  expect(await answer).toEqual(done);
  expect(at.asked).toEqual([otherId]);
});

it('a configuration is ordered again of one that was given the ledger and does not serve it yet', async () => {
  const { at, served, orders } = makeOrders();
  at.answers.push(handingOver, handingOver);
  expect(await orders.order(served, 'ledger.configure', configuring, admin)).toEqual(done);
  expect(at.asked).toEqual([otherId, otherId, otherId]);
});

it('any other order is not given twice, since it may have been carried out', async () => {
  const { at, served, orders } = makeOrders();
  at.answers.push(handingOver);
  expect(await orders.order(served, 'ledger.order', ordering, admin)).toEqual(handingOver);
  expect(at.asked).toEqual([otherId]);
});

it.each(['BAD_REQUEST', 'STORE_UNAVAILABLE'] as const)(
  'a refusal for another reason, %s, is the answer',
  async (code) => {
    const { at, served, orders } = makeOrders();
    at.answers.push(refuse(code, 'No.'));
    expect(await orders.order(served, 'ledger.configure', configuring, admin)).toMatchObject({
      code,
    });
    expect(at.asked).toEqual([otherId]);
  },
);

it('a takeover that does not end is told after a while', async () => {
  const { at, served, orders } = makeOrders({ takeoverMsMax: 300 });
  at.answers.push(...Array.from({ length: 10 }, () => handingOver));
  expect(await orders.order(served, 'ledger.configure', configuring, admin)).toEqual(handingOver);
  expect(at.asked.length).toBeGreaterThan(1);
});

it('nobody is waited for where too few servers can be reached for any to serve', async () => {
  const { at, orders } = makeOrders();
  const cutOff = makeLedgerView({ view: { active: otherId, serving: false, quorumMargin: -1 } });
  at.answers.push(handingOver);
  expect(await orders.order(cutOff, 'ledger.configure', configuring, admin)).toEqual(handingOver);
  expect(at.asked).toEqual([otherId]);
});
