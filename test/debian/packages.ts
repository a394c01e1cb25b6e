import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from '../package/pack.ts';
import { loadScript } from '../unit/scripts/load-script.ts';

interface PackageScript {
  makeDeb(tree: string, output: string, options: PackageOptions): Promise<string>;
  makeTarball(tree: string, output: string, options: PackageOptions): Promise<string>;
}

interface PackageOptions {
  version: string;
  compression?: string;
}

/** What is shipped for Linux, from this checkout. */
export class Packages {
  readonly #script: PackageScript;
  readonly #tree = pack('linux');
  readonly #folder = mkdtempSync(join(tmpdir(), 'us-'));
  #deb = '';

  private constructor(script: PackageScript) {
    this.#script = script;
  }

  static async make(): Promise<Packages> {
    const packages = new Packages(await loadScript<PackageScript>('linux-package'));
    packages.#deb = await packages.makeDeb('0.1.0');
    return packages;
  }

  /** Of version 0.1.0. */
  get deb(): string {
    return this.#deb;
  }

  /** Packed as quickly as can be: what is shipped is smaller. */
  makeDeb(version: string): Promise<string> {
    return this.#script.makeDeb(this.#tree, this.#folder, { version, compression: 'none' });
  }

  makeTarball(): Promise<string> {
    return this.#script.makeTarball(this.#tree, this.#folder, { version: '0.1.0' });
  }

  remove(): void {
    for (const folder of [this.#folder, this.#tree]) rmSync(folder, { recursive: true });
  }
}
