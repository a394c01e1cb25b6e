import {
  capitalise,
  describeConnected,
  describeSynchronised,
} from '../../../src-shared/view/relationship-words.ts';

/** Connection and synchronisation of two servers in words; there are four cases. */
export function describeLink(connected: boolean, synchronised: boolean): string {
  const words = [describeConnected(connected), describeSynchronised(synchronised)];
  const goodFirst = synchronised && !connected ? words.toReversed() : words;
  return capitalise(goodFirst.join(', '));
}
