import { z } from 'zod';
import { serverAddressSchema, serverIdSchema } from '../model/scalars.ts';

/** Most servers of one kind that a client tries. */
export const clientServersMax = 16;

const fields = {
  primary: z.array(serverAddressSchema).max(clientServersMax),
  secondary: z.array(serverAddressSchema).max(clientServersMax),
  discover: z.boolean(),
  timeoutMs: z.int().min(100).max(60_000),
  graceSeconds: z.int().min(0).max(604_800),
  fingerprints: z.array(serverIdSchema).max(64),
};

/** The client configuration file (docs/client.md). Unknown fields are refused: they are slips of the pen. */
export const clientConfigSchema = z.strictObject({
  /** Tried first, in this order. */
  primary: fields.primary.default([]),
  /** Tried when no Primary server can be reached or none has a unit free. */
  secondary: fields.secondary.default([]),
  /** Look for servers on the network, where none is named. */
  discover: fields.discover.default(true),
  /** Longest wait for one answer of one server, 100 ms to 1 min. */
  timeoutMs: fields.timeoutMs.default(3_000),
  /** How long an application may go on after its seat ran out without any server, up to 7 days. */
  graceSeconds: fields.graceSeconds.default(300),
  /** Ids of the servers that are accepted. Empty: each address keeps the first key it showed. */
  fingerprints: fields.fingerprints.default([]),
});
export type ClientConfig = z.output<typeof clientConfigSchema>;

/** What counts on a machine before every client configuration: any of its fields, and as it says there. */
export const clientPolicySchema = z.strictObject({
  primary: fields.primary.exactOptional(),
  secondary: fields.secondary.exactOptional(),
  discover: fields.discover.exactOptional(),
  timeoutMs: fields.timeoutMs.exactOptional(),
  graceSeconds: fields.graceSeconds.exactOptional(),
  fingerprints: fields.fingerprints.exactOptional(),
});
export type ClientPolicy = z.output<typeof clientPolicySchema>;

/** A policy that names servers names all of them: a file adds none, of either kind. */
export function applyClientPolicy(config: ClientConfig, policy: ClientPolicy): ClientConfig {
  const namesSome = policy.primary !== undefined || policy.secondary !== undefined;
  return { ...config, ...(namesSome && { primary: [], secondary: [] }), ...policy };
}

export type ParsedClientConfig =
  { ok: true; config: ClientConfig } | { ok: false; message: string };

/** Reads the text of a client configuration file. Every mistake is named with its place. */
export function parseClientConfig(text: string): ParsedClientConfig {
  const document = parseDocument(text);
  if (!document.ok) return document;
  const parsed = clientConfigSchema.safeParse(document.value);
  return parsed.success ? { ok: true, config: parsed.data } : describeMistakes(parsed.error);
}

export type ParsedClientPolicy =
  { ok: true; policy: ClientPolicy } | { ok: false; message: string };

/** Reads the text of a policy file in the same way. */
export function parseClientPolicy(text: string): ParsedClientPolicy {
  const document = parseDocument(text);
  return document.ok ? checkClientPolicy(document.value) : document;
}

export function checkClientPolicy(value: unknown): ParsedClientPolicy {
  const parsed = clientPolicySchema.safeParse(value);
  return parsed.success ? { ok: true, policy: parsed.data } : describeMistakes(parsed.error);
}

function parseDocument(text: string) {
  try {
    return { ok: true as const, value: JSON.parse(text.replace(/^\uFEFF/, '')) as unknown };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false as const, message: `It is not JSON: ${detail}.` };
  }
}

function describeMistakes(error: z.ZodError) {
  const mistakes = error.issues.slice(0, 5).map((issue) => {
    const place = issue.path.length === 0 ? 'the file' : issue.path.join('.');
    return `${place}: ${issue.message}`;
  });
  return { ok: false as const, message: `${mistakes.join('; ')}.` };
}

/** Whether a configuration names a server. */
export function namesServers({ primary, secondary }: ClientConfig): boolean {
  return primary.length > 0 || secondary.length > 0;
}

/** That no server is named. `searched`: none was found on the network either. */
export function describeNoServers(searched: boolean): string {
  const none = searched
    ? 'No licence server is configured, and none that counts was found on the network.'
    : 'No licence server is configured.';
  return `${none} Name a server: understudy client init --server HOST:PORT, or --server HOST:PORT at the command.`;
}
