import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';
import { makeNetwork, type NetworkHost } from '../support/network.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A line of the README's shell blocks. */
export interface ReadmeCommand {
  text: string;
  /** What its comment says after the `#`. */
  comment: string;
}

/** Every command of the README, in its order. */
export function readReadmeCommands(): ReadmeCommand[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) => block.trimEnd().split('\n'))
    .map((line) => {
      const [, text = '', comment = ''] = /^(.*?)(?:\s+#\s*(.*))?$/.exec(line) ?? [];
      return { text, comment };
    });
}

/** What a command does that was typed at a host. */
export class TypedCommand {
  output = '';
  readonly #child: ChildProcess;
  readonly #closed: Promise<number>;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.#closed = new Promise((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  }

  /** Resolves to its exit status. */
  closed(): Promise<number> {
    return this.#closed;
  }

  /** Resolves when it has printed this; rejects when it ends before. */
  async says(text: string): Promise<void> {
    const found = vi.waitFor(
      () => {
        if (!this.output.includes(text)) throw new Error(`no “${text}” in: ${this.output}`);
      },
      { timeout: 60_000, interval: 50 },
    );
    const ended = this.#closed.then((status) => {
      if (!this.output.includes(text)) throw new Error(`ended with ${status}: ${this.output}`);
    });
    await Promise.race([found, ended]);
  }

  async stop(): Promise<void> {
    if (this.#child.pid !== undefined && this.#child.exitCode === null) {
      process.kill(-this.#child.pid, 'SIGTERM');
    }
    await this.#closed;
  }
}

/** A host by a name, with a home directory, a /var/lib and a checkout of its own. */
export class NamedHost {
  readonly #name: string;
  readonly #network: NetworkHost;
  readonly #hostsFile: string;
  readonly #home = makeTemporaryDirectory();
  readonly #checkout = join(this.#home, 'understudy');
  readonly #varLib = join(this.#home, 'var-lib');
  readonly #realVarLib = join(this.#home, 'real-var-lib');

  constructor(name: string, network: NetworkHost, hostsFile: string) {
    this.#name = name;
    this.#network = network;
    this.#hostsFile = hostsFile;
    // What is written into the checkout's folder stays out of the real one.
    mkdirSync(this.#checkout);
    for (const entry of readdirSync(root)) {
      symlinkSync(join(root, entry), join(this.#checkout, entry));
    }
    // What is written below /var/lib stays out of the real one as well; the packages are the real ones.
    mkdirSync(this.#varLib);
    mkdirSync(this.#realVarLib);
    symlinkSync(join(this.#realVarLib, 'dpkg'), join(this.#varLib, 'dpkg'));
  }

  type(text: string): TypedCommand {
    const script = [
      `hostname ${this.#name}`,
      `mount --bind ${this.#hostsFile} /etc/hosts`,
      `mount --bind /var/lib ${this.#realVarLib}`,
      `mount --bind ${this.#varLib} /var/lib`,
      `cd ${this.#checkout}`,
      text,
    ].join(' && ');
    const [program = '', ...rest] = this.#network.under;
    const args = [...rest, 'unshare', '--uts', '--mount', 'bash', '-c', script];
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { HOME: this.#home, PATH: process.env['PATH'], LANG: process.env['LANG'] },
    });
    const typed = new TypedCommand(child);
    onTestFinished(() => typed.stop());
    return typed;
  }
}

/** Hosts on one network that know each other by these names. */
export function makeNamedHosts<const N extends string>(names: readonly N[]): Record<N, NamedHost> {
  const networks = makeNetwork(names.length);
  const hostsFile = join(makeTemporaryDirectory(), 'hosts');
  const lines = names.map((name, at) => `${networks[at]?.address} ${name}`);
  writeFileSync(hostsFile, ['127.0.0.1 localhost', ...lines, ''].join('\n'));
  const entries = names.map((name, at) => {
    const network = networks[at];
    if (network === undefined) throw new Error(`no network for ${name}`);
    return [name, new NamedHost(name, network, hostsFile)] as const;
  });
  return Object.fromEntries(entries) as Record<N, NamedHost>;
}
