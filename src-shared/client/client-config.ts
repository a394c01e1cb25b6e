import { z } from 'zod';
import { serverAddressSchema, serverIdSchema } from '../model/scalars.ts';

/** Most servers of one kind that a client tries. */
export const clientServersMax = 16;

/** The client configuration file (docs/client.md). Unknown fields are refused: they are slips of the pen. */
export const clientConfigSchema = z.strictObject({
  /** Tried first, in this order. */
  primary: z.array(serverAddressSchema).max(clientServersMax).default([]),
  /** Tried when no Primary server can be reached or none has a unit free. */
  secondary: z.array(serverAddressSchema).max(clientServersMax).default([]),
  /** Look for servers on the network. Accepted, and of no effect yet. */
  discover: z.boolean().default(true),
  /** Longest wait for one answer of one server, 100 ms to 1 min. */
  timeoutMs: z.int().min(100).max(60_000).default(3_000),
  /** How long an application may go on after its seat ran out without any server, up to 7 days. */
  graceSeconds: z.int().min(0).max(604_800).default(300),
  /** Ids of the servers that are accepted. Empty: each address keeps the first key it showed. */
  fingerprints: z.array(serverIdSchema).max(64).default([]),
});
export type ClientConfig = z.output<typeof clientConfigSchema>;

export type ParsedClientConfig =
  { ok: true; config: ClientConfig } | { ok: false; message: string };

/** Reads the text of a client configuration file. Every mistake is named with its place. */
export function parseClientConfig(text: string): ParsedClientConfig {
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, message: `It is not JSON: ${detail}.` };
  }
  const parsed = clientConfigSchema.safeParse(document);
  if (parsed.success) return { ok: true, config: parsed.data };
  const mistakes = parsed.error.issues.slice(0, 5).map((issue) => {
    const place = issue.path.length === 0 ? 'the file' : issue.path.join('.');
    return `${place}: ${issue.message}`;
  });
  return { ok: false, message: `${mistakes.join('; ')}.` };
}

/** Why a configuration can lead to no server; null when it names one. */
export function describeMissingServers(config: ClientConfig): string | null {
  if (config.primary.length > 0 || config.secondary.length > 0) return null;
  const remedy =
    'Name a server: understudy client init --server HOST:PORT, or --server HOST:PORT at the command.';
  return config.discover
    ? `No licence server is configured, and servers are not found on the network yet. ${remedy}`
    : `No licence server is configured. ${remedy}`;
}
