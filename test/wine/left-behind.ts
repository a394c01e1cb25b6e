import { constants } from 'node:os';

type Removal = () => void | Promise<void>;

const removals = new Set<Removal>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void end(128 + constants.signals[signal]));
}

/** What is taken away when this program ends, also when it is told to. Returns what does it now. */
export function atTheEnd(removal: Removal): () => Promise<void> {
  removals.add(removal);
  return async () => {
    removals.delete(removal);
    await removal();
  };
}

/** Ends this program with the status that the work resolves to, or with 1 when it fails. */
export async function endAfter(work: () => Promise<number>): Promise<never> {
  try {
    return await end(await work());
  } catch (error) {
    console.error(error);
    return end(1);
  }
}

async function end(status: number): Promise<never> {
  for (const removal of [...removals].reverse()) await removal();
  process.exit(status);
}
