import type { ElectronApplication } from '@playwright/test';

type Evaluate = (callback: (...given: never[]) => unknown, given?: unknown) => Promise<unknown>;

interface Call {
  id: number;
  source: string;
  given: unknown;
}

const collected = 'Resulting promise was garbage collected.';

/**
 * The application with an `evaluate` and an `evaluateHandle` that run each callback exactly once and
 * always get its result. Playwright watches the result through a weak reference, so that V8 may now and
 * then collect what it waits for, also where the callback returned at once (seen once in 160 files). Here
 * the main process keeps each result by the call's number; a call whose answer was collected is made
 * again and finds it.
 */
export function evaluateOnce(app: ElectronApplication): ElectronApplication {
  let calls = 0;
  for (const name of ['evaluate', 'evaluateHandle'] as const) {
    const original = app[name].bind(app) as (
      callback: typeof inMainProcess,
      call: Call,
    ) => Promise<unknown>;
    const wrapped: Evaluate = async (callback, given) => {
      const call = { id: (calls += 1), source: String(callback), given };
      try {
        return await original(inMainProcess, call);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes(collected)) throw error;
        return await original(inMainProcess, call);
      }
    };
    app[name] = wrapped as never;
  }
  return app;
}

/** Runs in the main process: the result of this call, made now or kept from before. */
function inMainProcess(electron: unknown, { id, source, given }: Call): unknown {
  const kept = ((globalThis as { keptResults?: Map<number, unknown> }).keptResults ??= new Map());
  if (!kept.has(id)) {
    // The text of a function of the test itself, which Playwright would have sent the same way.
    const callback = (0, eval)(`(${source})`) as (first: unknown, second: unknown) => unknown;
    kept.set(id, callback(electron, given));
  }
  return kept.get(id);
}
