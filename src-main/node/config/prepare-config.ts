import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { nothingUnattended, type ServerConfig } from '../../../src-shared/model/server-config.ts';
import { type DataDirectory, openDataDirectory } from '../base/data-directory.ts';
import { NodeStartFailure } from '../base/start-failure.ts';
import {
  defaultNodeSettings,
  loadNodeSettings,
  saveNodeSettings,
} from '../settings/node-settings.ts';
import { loadUnattended } from '../settings/unattended-file.ts';
import { planConfig } from './plan-config.ts';

/**
 * Puts a configuration file into the data directory of a server that does not run: its settings are as it
 * says, and its next start does the rest. Returns what changes, as the ends of sentences.
 *
 * @throws {NodeStartFailure} what is there cannot be read or is damaged; nothing was changed
 */
export async function prepareConfig(
  directory: DataDirectory,
  config: ServerConfig,
  dryRun = false,
): Promise<string[]> {
  const settings = await loadNodeSettings(directory.settingsFile);
  const file = await loadUnattended(directory.unattendedFile);
  const plan = planConfig(config, {
    settings,
    unattended: file.state,
    nowMs: Date.now(),
    running: null,
  });
  if (dryRun || plan.changes.length === 0) return plan.changes;
  // The settings last: what is cut short before them is begun again by the same file.
  if (plan.unattended !== file.state) await file.change(() => plan.unattended);
  await saveNodeSettings(directory.settingsFile, plan.settings);
  return plan.changes;
}

/**
 * The same for whoever does not hold the directory.
 *
 * @throws {NodeStartFailure} a server runs on it, or it belongs to another account
 */
export async function prepareConfigOf(
  dataDirectory: string,
  config: ServerConfig,
  dryRun: boolean,
): Promise<string[]> {
  const path = resolve(dataDirectory);
  // Not even made for a look.
  if (dryRun && !existsSync(path)) return planForNew(config);
  refuseForeign(path);
  const directory = openDataDirectory(dataDirectory);
  try {
    return await prepareConfig(directory, config, dryRun);
  } finally {
    directory.release();
  }
}

function planForNew(config: ServerConfig): string[] {
  const settings = defaultNodeSettings();
  const known = { settings, unattended: nothingUnattended, nowMs: Date.now(), running: null };
  return planConfig(config, known).changes;
}

/** Files that root leaves in it could not be read by the account that runs the server. */
function refuseForeign(path: string): void {
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  const own = process.geteuid?.();
  if (owner === undefined || own === undefined || owner === own) return;
  throw new NodeStartFailure(
    'DATA_DIRECTORY_UNUSABLE',
    `${path} belongs to another account (uid ${owner}). Run this as that account, or start the server ` +
      'first. Nothing was changed.',
  );
}
