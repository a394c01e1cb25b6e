import { expect, it, onTestFinished } from 'vitest';
import { ClientApiTarget } from '../../fuzz/fuzz-client-api.ts';
import { LedgerTarget } from '../../fuzz/fuzz-ledger.ts';
import { Random } from '../../fuzz/mutate.ts';

it('a ledger survives 20,000 messages of a fixed seed', { timeout: 90_000 }, async () => {
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
