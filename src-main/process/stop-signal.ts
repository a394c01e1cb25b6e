const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK'] as const;

/**
 * Signals within this time are one stop: a service manager sends them to each process of a group, and
 * programs in between pass theirs on. A later one ends a stop that takes too long. In milliseconds.
 */
const sameStopMs = 1_000;

export interface StopSignal {
  received: Promise<'stop'>;
  /** Has the process stop as by a signal. */
  ask: () => void;
  /** Leaves signals alone again. */
  end: () => void;
}

/** Resolves at the first signal that asks this process to stop. */
export function waitForStopSignal(): StopSignal {
  let stopMs: number | undefined;
  let stop: () => void = () => undefined;
  const received = new Promise<'stop'>((resolve) => {
    stop = () => resolve('stop');
  });
  const end = () => {
    for (const signal of stopSignals) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals) => {
    const nowMs = performance.now();
    stopMs ??= nowMs;
    if (nowMs - stopMs < sameStopMs) return stop();
    end();
    process.kill(process.pid, signal);
  };
  for (const signal of stopSignals) process.on(signal, onSignal);
  return { received, ask: stop, end };
}
