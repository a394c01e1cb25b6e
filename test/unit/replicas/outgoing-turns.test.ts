import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { OutgoingTurns } from '../../../src-main/node/replicas/outgoing-turns.ts';
import { cutMessage, isLongerThan } from '../../../src-main/node/replicas/transfers.ts';
import { messageSamples } from '../../support/peer-messages.ts';
import { otherId } from '../../support/records.ts';

const workMs = 6;

it('makes long messages a few at a time, and keeps their order for each server', async () => {
  let nowMs = 0;
  const turns = new OutgoingTurns(() => nowMs);
  const sent: string[] = [];
  for (let n = 0; n < 6; n++) {
    turns.send('a', true, () => {
      nowMs += workMs;
      sent.push(`a${n}`);
    });
  }
  turns.send('a', false, () => void sent.push('a short'));
  turns.send('b', false, () => void sent.push('b'));
  // Two took the time of this turn.
  expect(sent).toEqual(['a0', 'a1', 'b']);
  let turnCount = 0;
  while (sent.length < 8) {
    const before = sent.length;
    await nextTurn();
    expect(sent.length - before).toBeLessThanOrEqual(3);
    turnCount++;
  }
  expect(turnCount).toBeGreaterThan(1);
  expect(sent).toEqual(['a0', 'a1', 'b', 'a2', 'a3', 'a4', 'a5', 'a short']);
});

it.each(
  Object.values(messageSamples({ number: 5, member: otherId })).map((one) => [one.type, one]),
)(
  'a message %s that is cut has the text that it has whole, and its length is known',
  async (_type, message) => {
    const whole = JSON.stringify(message);
    let text = '';
    for await (const part of cutMessage(message)) text += part;
    expect(text).toBe(whole);
    expect(isLongerThan(message, whole.length)).toBe(false);
    expect(isLongerThan(message, whole.length - 1)).toBe(true);
  },
);
