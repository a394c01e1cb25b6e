import { expect, it, onTestFinished } from 'vitest';
import { AdminTarget } from '../../fuzz/fuzz-admin.ts';
import { ClientApiTarget } from '../../fuzz/fuzz-client-api.ts';
import { HistoryTarget } from '../../fuzz/fuzz-history.ts';
import { LedgerTarget } from '../../fuzz/fuzz-ledger.ts';
import { TransfersTarget } from '../../fuzz/fuzz-transfers.ts';
import { unhurried } from '../../support/related-nodes.ts';
import { Random } from '../../fuzz/mutate.ts';

it('a ledger survives 20,000 messages of a fixed seed', unhurried, async () => {
  const target = new LedgerTarget();
  const random = new Random(1);
  for (let n = 0; n < 20_000; n++) await target.fuzz(random);
});

it('the client API survives 2,000 requests of a fixed seed', async () => {
  const target = await ClientApiTarget.start();
  onTestFinished(() => target.stop());
  const random = new Random(1);
  for (let n = 0; n < 2_000; n++) await target.fuzz(random);
  await target.check();
  expect(target.served).toBeGreaterThan(200);
});

it('transfers survive 3,000 offers of a fixed seed', unhurried, async () => {
  const target = new TransfersTarget();
  onTestFinished(() => target.stop());
  const random = new Random(1);
  for (let n = 0; n < 3_000; n++) await target.fuzz(random);
  expect(target.taken).toBeGreaterThan(300);
});

it('the history survives 300 answers of a fixed seed', unhurried, async () => {
  const target = await HistoryTarget.start();
  const random = new Random(1);
  for (let n = 0; n < 300; n++) await target.fuzz(random);
  await target.check();
  expect(target.taken).toBeGreaterThan(50);
  await target.stop();
});

it('the admin interface survives 1,000 requests of a fixed seed', unhurried, async () => {
  const target = await AdminTarget.start();
  onTestFinished(() => target.stop());
  const random = new Random(1);
  for (let n = 0; n < 1_000; n++) await target.fuzz(random);
  await target.check();
  expect(target.served).toBeGreaterThan(150);
});
