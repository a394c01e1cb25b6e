import { z } from 'zod';
import type { AdminParams } from '../../../src-shared/contract/admin.ts';
import {
  policySchema,
  relationshipSettingsSchema,
} from '../../../src-shared/model/relationship.ts';
import { rangeOf } from '../../../src-shared/model/scalars.ts';
import { UsageFailure } from '../frame/failure.ts';

type GivenChange = AdminParams<'relationship.set'>;

interface Key {
  /** What may be written. */
  form: string;
  /** Null: it may not. */
  parse: (text: string) => GivenChange | null;
}

const settings = relationshipSettingsSchema.shape;

type ChangeKey = keyof typeof settings | Exclude<keyof GivenChange, 'settings' | 'relationship'>;

type NumberKey = Exclude<keyof typeof settings, 'reclaim'>;

function numberKey(name: NumberKey): Key {
  const schema = settings[name];
  const { least, most } = rangeOf(schema);
  return {
    form: `a whole number from ${least} to ${most}`,
    parse: (text) => {
      const value = /^\d{1,9}$/.test(text) ? schema.safeParse(Number(text)) : null;
      return value?.success ? { settings: { [name]: value.data } } : null;
    },
  };
}

/** Everything that `relationship set` can change. */
const keys: Record<ChangeKey, Key> = {
  heartbeatMs: numberKey('heartbeatMs'),
  takeoverAfterMs: numberKey('takeoverAfterMs'),
  syncTimeoutMs: numberKey('syncTimeoutMs'),
  reclaim: {
    form: 'automatic, manual, or a window such as 22:00-05:30',
    parse: (text) => {
      const value = settings.reclaim.safeParse(text);
      return value.success ? { settings: { reclaim: value.data } } : null;
    },
  },
  reclaimAfterMs: numberKey('reclaimAfterMs'),
  reclaimHoldDownMaxMs: numberKey('reclaimHoldDownMaxMs'),
  coldStartWaitMs: numberKey('coldStartWaitMs'),
  policy: {
    form: 'available or strict; strict needs a witness',
    parse: (text) => {
      const value = policySchema.safeParse(text);
      return value.success ? { policy: value.data } : null;
    },
  },
  witness: {
    form: 'name or id of the server that votes',
    parse: (text) => {
      const value = z.string().min(1).max(64).safeParse(text);
      return value.success ? { witness: value.data } : null;
    },
  },
  mutual: {
    form: 'true or false',
    parse: (text) => (text === 'true' || text === 'false' ? { mutual: text === 'true' } : null),
  },
};

/** Every key and what may be written for it, one a line. */
export function changeKeysHelp(): string {
  const width = Math.max(...Object.keys(keys).map((name) => name.length));
  return Object.entries(keys)
    .map(([name, { form }]) => `  ${name.padEnd(width)}  ${form}`)
    .join('\n');
}

/**
 * What `KEY=VALUE` arguments ask for.
 *
 * @throws {UsageFailure} for a key that there is not or that comes twice, and for a value out of range
 */
export function parseRelationshipChange(args: string[]): GivenChange {
  const change: GivenChange = {};
  const seen = new Set<string>();
  for (const arg of args) {
    const [name = '', ...rest] = arg.split('=');
    const key = Object.hasOwn(keys, name) ? keys[name as ChangeKey] : undefined;
    if (rest.length === 0 || key === undefined) {
      throw new UsageFailure(
        `${arg} is not KEY=VALUE with one of the keys ${Object.keys(keys).join(', ')}`,
      );
    }
    if (seen.has(name)) throw new UsageFailure(`${name} is given twice`);
    seen.add(name);
    const part = key.parse(rest.join('='));
    if (part === null) throw new UsageFailure(`${name} must be ${key.form}`);
    Object.assign(change, part, { settings: { ...change.settings, ...part.settings } });
  }
  return change;
}
