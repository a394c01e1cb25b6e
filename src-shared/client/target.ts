import { hostPortSchema } from '../model/scalars.ts';

const serverUrl = /^https:\/\/(\[[0-9A-Fa-f:.%]+\]|[^\s/:?#@[\]]+)(?::(\d{1,5}))?(?:[/?#]|$)/i;

/** One spelling of `host:port`, so that addresses can be compared. */
export function normaliseTarget(target: string): string {
  return target.toLowerCase();
}

/** The `host:port` of an https address; null for anything else: there is no way back to plain HTTP. */
export function targetOfUrl(url: string): string | null {
  const match = serverUrl.exec(url);
  if (!match) return null;
  const target = `${match[1] ?? ''}:${match[2] ?? '443'}`;
  return hostPortSchema.safeParse(target).success ? normaliseTarget(target) : null;
}
