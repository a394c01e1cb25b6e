import { type AdminAnswer, refuse } from '../../../src-shared/contract/admin-error.ts';
import { parseInstant } from '../../../src-shared/model/scalars.ts';
import {
  type ServerConfig,
  serverConfigFileSchema,
  serverConfigSchema,
  sharedInvitationDaysMax,
} from '../../../src-shared/model/server-config.ts';
import { dayMs } from '../../../src-shared/model/time-units.ts';
import { describeIssues } from '../licensing/describe-issues.ts';
import { parseVendorPublicKey } from '../licensing/vendor-key.ts';

export interface ConfigSources {
  nowMs: number;
  /** The text of a vendor's public key file, by its path in the configuration file. */
  readVendor: (path: string) => Promise<AdminAnswer<string>>;
}

/**
 * What a configuration file says, all of it looked at: CONFIG_WRONG with every finding and its place, or
 * what is wrong with a file that it names. Nothing is changed by it.
 */
export async function readServerConfig(
  text: string,
  { nowMs, readVendor }: ConfigSources,
): Promise<AdminAnswer<ServerConfig>> {
  const json = parse(text);
  if (!json.ok) return json;
  const file = serverConfigFileSchema.safeParse(json.value);
  if (!file.success) return wrong(describeIssues(file.error, json.value));
  const { $schema: _, vendors: named = [], ...rest } = file.data;
  const vendors: unknown[] = [];
  for (const [index, vendor] of named.entries()) {
    const content = typeof vendor === 'string' ? await readVendor(vendor) : undefined;
    if (content && !content.ok) return content;
    const key = parseVendorPublicKey(content ? content.value : JSON.stringify(vendor));
    if (!key.ok) return wrong(`vendors[${index}]: ${key.message}`);
    vendors.push(key.key);
  }
  const value = { ...rest, ...(file.data.vendors ? { vendors } : {}) };
  const config = serverConfigSchema.safeParse(value);
  if (!config.success) return wrong(describeIssues(config.error, value));
  const tooLong = (config.data.pairings ?? []).findIndex(
    ({ until }) =>
      until !== undefined && parseInstant(until) > nowMs + sharedInvitationDaysMax * dayMs,
  );
  if (tooLong === -1) return { ok: true, value: config.data };
  return wrong(`pairings[${tooLong}].until: is more than ${sharedInvitationDaysMax} days from now`);
}

function parse(text: string): AdminAnswer<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return wrong(text.trim() === '' ? 'it is empty' : `it is not JSON (${cause})`);
  }
}

function wrong(what: string): AdminAnswer<never> {
  return refuse(
    'CONFIG_WRONG',
    `The configuration file is wrong: ${what.replace(/\.$/, '')}. Nothing was changed.`,
  );
}
