/** How often it is looked how long the loop was held. */
const lookEveryMs = 1;

/**
 * Returns the function that ends it and says how long this thread has worked at most between two turns
 * of the loop, in ms: by the processor's clock, so that other programs do not count.
 */
export function watchStalls(): () => number {
  let stallMs = 0;
  let last = threadMs();
  const look = () => {
    const now = threadMs();
    stallMs = Math.max(stallMs, now - last);
    last = now;
  };
  const timer = setInterval(look, lookEveryMs);
  return () => {
    clearInterval(timer);
    look();
    return stallMs;
  };
}

/** What this thread has had of the processor, in ms. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
