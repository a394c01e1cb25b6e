import { readFileSync } from 'node:fs';
import {
  checkClientPolicy,
  type ClientPolicy,
  parseClientPolicy,
} from '../../src-shared/client/client-config.ts';
import { clientPolicyFile, type Surroundings } from '../files/default-paths.ts';
import { readRegistryKey, type RegistryValues } from '../files/registry.ts';
import { describeSystemError, systemCodeOf } from '../files/system-error.ts';
import { decodeText } from '../files/text-file.ts';

/** What a machine says of all its clients: empty where it says nothing. */
export type FoundClientPolicy = { ok: true; policy: ClientPolicy } | { ok: false; message: string };

/** Group Policy and Intune write below it (assets/windows/policy); programs of 32 bits see the same. */
const policyKey = 'HKLM\\SOFTWARE\\Policies\\Understudy\\Client';

/** The policy of this machine: on Windows in the registry, else `client-policy.json` beside the machine's file. */
export function readClientPolicy(surroundings: Surroundings): FoundClientPolicy {
  if (surroundings.platform !== 'win32') return readPolicyFile(clientPolicyFile(surroundings));
  const values = readRegistryKey(policyKey, surroundings.env);
  return values === null ? { ok: true, policy: {} } : policyOfRegistry(values);
}

/** For the tests, which cannot write where it lies. */
export function readPolicyFile(path: string): FoundClientPolicy {
  let text: string;
  try {
    text = decodeText(readFileSync(path));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return { ok: true, policy: {} };
    return { ok: false, message: `${path} cannot be read: ${describeSystemError(error)}.` };
  }
  const parsed = parseClientPolicy(text);
  return parsed.ok ? parsed : wrong(path, parsed.message);
}

/**
 * Lists are texts with commas, semicolons or spaces between the entries. Values of other names are left alone:
 * the template of a later version may have them.
 */
export function policyOfRegistry(values: RegistryValues): FoundClientPolicy {
  const listOf = (name: string) => {
    const value = values.get(name);
    return typeof value === 'string' ? value.split(/[\s,;]+/).filter(Boolean) : value;
  };
  const isOn = (name: string) => {
    const value = values.get(name);
    return value === 0 || value === 1 ? value === 1 : value;
  };
  const given = {
    primary: listOf('primary'),
    secondary: listOf('secondary'),
    discover: isOn('discover'),
    fingerprints: listOf('fingerprints'),
    timeoutMs: values.get('timeoutms'),
    graceSeconds: values.get('graceseconds'),
  };
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  const checked = checkClientPolicy(Object.fromEntries(named));
  return checked.ok ? checked : wrong(policyKey, checked.message);
}

function wrong(where: string, what: string): FoundClientPolicy {
  const message = `The policy for licence clients in ${where} cannot be used. ${what} Ask whoever keeps this machine.`;
  return { ok: false, message };
}
