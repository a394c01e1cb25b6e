import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readServerConfig } from '../../../src-main/node/config/read-config.ts';
import { makePairingCode } from '../../../src-main/node/peers/pairing/pairing-code.ts';
import type { ServerConfig } from '../../../src-shared/model/server-config.ts';
import { skipFor } from '../../support/skip.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';

const noShell = process.platform === 'win32' ? 'the script is for a shell of Unix' : null;

const document = readFileSync(new URL('../../../docs/admin/fleet.md', import.meta.url), 'utf8');

/** Runs the script of the document with programs in the place of those that it calls; returns what each host got. */
async function runScript(): Promise<Map<string, ServerConfig>> {
  const [, script = ''] = /^## Ten hosts$.*?^```sh\n(.*?)^```$/ms.exec(document) ?? [];
  const folder = makeTemporaryDirectory();
  const bin = makeTemporaryDirectory();
  const got = makeTemporaryDirectory();
  const codes = Array.from({ length: 5 }, makePairingCode);
  writeFileSync(join(bin, 'codes'), `${codes.join('\n')}\n`);
  const programs = {
    understudy: `test "$*" = "config invitation" && head -1 ${bin}/codes && sed -i 1d ${bin}/codes`,
    ssh: `case "$*" in *"config apply -"*) cat > "${got}/$1";; *restart*) test -e "${got}/$1";; esac`,
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const path = `${bin}:${process.env['PATH'] ?? ''}`;
  execFileSync('sh', ['-e', '-c', script], { cwd: folder, env: { PATH: path } });
  expect(readdirSync(folder)).toEqual([]);
  const hosts = new Map<string, ServerConfig>();
  for (const host of readdirSync(got)) {
    const answer = await readServerConfig(readFileSync(join(got, host), 'utf8'), {
      nowMs: Date.now(),
      readVendor: () => Promise.reject(new Error('no vendor is named')),
    });
    if (!answer.ok) throw new Error(`${host}: ${answer.message}`);
    hosts.set(host.replace('root@', ''), answer.value);
  }
  return hosts;
}

it(
  'the script for ten hosts gives each a file that is right, and every two a code',
  skipFor(noShell),
  async () => {
    const hosts = await runScript();
    expect(hosts.size).toBe(10);
    const codes = new Set<string>();
    for (const main of [1, 3, 5, 7, 9]) {
      const [a, b] = [hosts.get(`licences-${main}`), hosts.get(`licences-${main + 1}`)];
      expect(a?.relationship).toMatchObject({ kind: 'backup', backup: b?.settings?.name });
      expect(b?.pairings).toMatchObject([
        { ...a?.pairings?.[0], address: `licences-${main}:7470` },
      ]);
      codes.add(a?.pairings?.[0]?.code ?? '');
    }
    expect(codes.size).toBe(5);
  },
);
