import { Random } from './random.ts';

/** Something that goes wrong or is changed at some time. Its own seed decides the details. */
export interface Fault {
  atMs: number;
  kind: (typeof faultKinds | typeof diskFaultKinds)[number] | RareFault;
  seed: number;
  /** The server that it happens to; by default its seed decides, or who serves. */
  host?: string;
}

/** Faults of a few runs each, since they take long or end what others would show. */
export type RareFault =
  | 'part'
  | 'partWithClients'
  | 'leapClock'
  | 'setTime'
  | 'release'
  | 'changeRule'
  | 'napActive'
  | 'handOverAndNap'
  | 'bounce'
  | 'putBack'
  | 'wipe';

const faultKinds = [
  'crash',
  'crash',
  'crashActive',
  'crashAll',
  'cut',
  'isolate',
  'refuse',
  'suspend',
  'sleep',
  'slowDisk',
  'failDisk',
  'failActiveDisk',
  'stepClock',
  'loseMessages',
  'switchover',
  'leave',
  'replaceLicense',
  'rollBackLicense',
  'changeMembers',
  'changeMembers',
  'placeElsewhere',
] as const;

/** What happens to whole data directories, beside the others. */
const diskFaultKinds = ['putBack', 'putBack', 'wipe'] as const;

/** The faults of a run, from one seed. */
export function planFaults(seed: number, forMs: number, disks = false): Fault[] {
  const kinds = disks ? [...faultKinds, ...diskFaultKinds] : faultKinds;
  const random = new Random(seed);
  const faults: Fault[] = [];
  let atMs = 0;
  for (;;) {
    atMs += random.int(50, random.chance(0.5) ? 600 : 5_000);
    if (atMs >= forMs) return faults;
    faults.push({ atMs, kind: random.pick(kinds), seed: random.int(1, 1_000_000_000) });
  }
}

/** A few faults of one kind in the first part of a run. */
export function planRare(kind: RareFault, seed: number, forMs: number, countMax = 2): Fault[] {
  const random = new Random(seed);
  return Array.from({ length: random.int(1, countMax) }, () => {
    return { atMs: random.int(0, forMs / 2), kind, seed: random.int(1, 1_000_000_000) };
  });
}
