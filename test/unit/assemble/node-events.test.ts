import { expect, it } from 'vitest';
import { NodeEvents } from '../../../src-main/node/assemble/node-events.ts';

it('an event is told to those who asked for its kind, in the order in which they asked', () => {
  const events = new NodeEvents();
  const told: string[] = [];
  events.on('writesLost', ({ ledger, number }) => told.push(`below ${ledger} ${number}`));
  events.on('storeRecovered', () => told.push('recovered'));
  events.on('writesLost', ({ ledger }) => told.push(`above ${ledger}`));
  events.emit({ type: 'storeChanged' });
  events.emit({ type: 'writesLost', ledger: 'a', number: 3 });
  expect(told).toEqual(['below a 3', 'above a']);
});
