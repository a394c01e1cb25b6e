import { open, readdir } from 'node:fs/promises';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { UiSnapshot } from '../../../src-shared/model/ui-snapshot.ts';
import type { NodeClient } from '../node/node-client.ts';
import { redactSecrets } from './redact-secrets.ts';

export interface SupportPorts {
  node: Pick<NodeClient, 'call'>;
  ui(): UiSnapshot;
  folders: { logs: string };
}

/** What is read of the end of a log file, in bytes. */
const logBytesMax = 512 * 1024;
const logFilesMax = 8;
const entriesMax = 1_000;

/**
 * What somebody needs who is to find out why a server does what it does, as JSON text; its parts are listed in
 * docs/support-bundle.md. A part that cannot be had says why in its place.
 */
export async function makeSupportBundle(ports: SupportPorts): Promise<string> {
  const { node, folders } = ports;
  const { node: known, desktop, connection, attention, trayState } = ports.ui();
  const [timeline, relationship, denials] = await Promise.all([
    node.call('events.list', { limit: entriesMax }),
    node.call('relationship.show', {}),
    node.call('denial.list', { limit: entriesMax }),
  ]);
  const bundle = {
    format: 'understudy-support/1',
    createdAt: new Date().toISOString(),
    host: { system: `${type()} ${release()}`, arch: arch(), cores: cpus().length },
    memoryMegabytes: Math.round(totalmem() / 1e6),
    desktop,
    connection,
    trayState,
    attention,
    server: known,
    relationship: relationship.ok ? relationship.value : relationship.message,
    timeline: timeline.ok ? timeline.value.events : timeline.message,
    denials: denials.ok ? denials.value.denials : denials.message,
    logs: await readLogs(folders.logs),
  };
  return `${redactSecrets(JSON.stringify(bundle, null, 2))}\n`;
}

/** The ends of the log files, by name. */
async function readLogs(folder: string): Promise<Record<string, string> | string> {
  try {
    const names = (await readdir(folder)).filter((name) => name.includes('.log')).toSorted();
    const logs: Record<string, string> = {};
    for (const name of names.slice(0, logFilesMax)) {
      // Before it is in JSON, where a line's end is two other characters.
      logs[name] = redactSecrets(await readEnd(join(folder, name)));
    }
    return logs;
  } catch (error) {
    return `${folder} could not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function readEnd(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = Math.min(size, logBytesMax);
    const { buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, size - bytes);
    const text = buffer.toString('utf8');
    return size > bytes ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    await file.close();
  }
}
