import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineFileVariable } from '../../src-main/admin/installed-server.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

/** Why pages cannot be typed here; null when they can. */
export const noShell = existsSync('/bin/sh') ? null : 'the page is written for a shell';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/**
 * A host with a folder of its own, and `understudy` from the sources in its path. What a page calls
 * /var/lib/understudy is its data directory, also where no directory is named: that of the installed server.
 */
export class TypistHost {
  readonly folder = makeTemporaryDirectory();
  readonly dataDirectory: string;
  readonly #programs = join(this.folder, 'bin');
  readonly #machineFile = join(this.folder, 'machine.json');

  constructor(dataDirectory?: string) {
    this.dataDirectory = dataDirectory ?? join(this.folder, 'data');
    writeFileSync(this.#machineFile, JSON.stringify({ dataDirectory: this.dataDirectory }));
    mkdirSync(this.#programs);
    const program = join(this.#programs, 'understudy');
    const line = `exec "${process.execPath}" --disable-warning=ExperimentalWarning --import "${inRoot('scripts/app-version.mjs')}" "${inRoot('src-main/cli.ts')}" "$@"`;
    writeFileSync(program, `#!/bin/sh\n${line}\n`);
    chmodSync(program, 0o755);
  }

  async type(block: string): Promise<{ status: number; output: string }> {
    const script = `set -e\n${block.replaceAll('/var/lib/understudy', this.dataDirectory)}`;
    const child = spawn('sh', ['-c', script], {
      cwd: this.folder,
      env: {
        ...process.env,
        PATH: `${this.#programs}:${process.env['PATH']}`,
        HOME: this.folder,
        [machineFileVariable]: this.#machineFile,
        ELECTRON_RUN_AS_NODE: '1',
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const [status] = (await once(child, 'close')) as [number];
    return { status, output };
  }
}
