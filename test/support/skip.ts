declare module 'vitest' {
  interface TaskMeta {
    /** Why the test does not run here; `npm test` repeats it at its end. */
    skipReason?: string;
  }
}

/** Options of a test, or of a group of them, that cannot run for this reason; none when it can. */
export function skipFor(reason: string | null) {
  return reason === null ? {} : { skip: true, meta: { skipReason: reason } };
}

/** Why permissions of files cannot be tested here; null when they can. */
export const noFileModes = process.platform === 'win32' ? 'Windows has no modes of files' : null;
