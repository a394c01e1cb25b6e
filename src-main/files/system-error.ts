/** What the operating system calls an error, such as `ENOENT`; empty: it is none of its errors. */
export function systemCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
