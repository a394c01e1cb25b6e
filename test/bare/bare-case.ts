import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { debianOf } from './base-root.ts';
import { BareRoot, type BareRootOptions, type Typed } from './bare-root.ts';
import { countPixels, Screen, writePng } from './screen.ts';

/** Pictures of the windows, and the whole output of what failed. */
export const results = resolve('test-results/bare');

/** A row of the table: what was tried, and what became of it. */
export interface Outcome {
  name: string;
  on: string;
  what: string;
  seconds: number;
  /** Null when it went as it should. */
  failure: string | null;
}

export interface BareCase extends BareRootOptions {
  name: string;
  run(at: Tried): Promise<void>;
}

/** A machine at which things are tried one after the other. The first that goes wrong is the last. */
export class Tried {
  readonly root: BareRoot;
  readonly outcomes: Outcome[] = [];
  readonly #case: BareCase;

  constructor(bareCase: BareCase) {
    this.#case = bareCase;
    this.root = new BareRoot(bareCase);
  }

  async step(what: string, work: () => Promise<void>): Promise<void> {
    const { name, suite, node, account } = this.#case;
    const on = `${debianOf[suite]}, Node ${node}, ${account}`;
    const begun = Date.now();
    let failure: string | null = null;
    try {
      await work();
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      this.#keepOutput();
    }
    const seconds = (Date.now() - begun) / 1000;
    this.outcomes.push({ name, on, what, seconds, failure });
    const sign = failure === null ? 'ok    ' : 'FAILED';
    console.log(`${sign} ${on}: ${what} (${seconds.toFixed(1)} s)`);
    if (failure !== null) throw new StepFailure(failure);
  }

  // The table has the end of it only, and the machine is removed.
  #keepOutput(): void {
    const last = this.root.typed.at(-1);
    if (last === undefined) return;
    const { name, suite } = this.#case;
    mkdirSync(results, { recursive: true });
    const file = join(results, `${suite}-${name.replaceAll(' ', '-')}.txt`);
    writeFileSync(file, `${last.text}\n\n${last.output}`);
    console.log(`All that was said is in ${file}`);
  }

  /** Waits until a windowless server is ready, and stops it. */
  async serves(typed: Typed, withinSeconds: number): Promise<void> {
    await typed.says('ready {', withinSeconds);
    typed.signal('SIGTERM');
    await typed.ends(30);
  }

  /** Does something while there is a display. */
  async withDisplay(work: (display: string) => Promise<void>): Promise<void> {
    const screen = new Screen();
    try {
      await work(await screen.name());
    } finally {
      await screen.close();
    }
  }

  /** Waits until `npm start` shows a window that says that it serves, keeps a picture, and stops it. */
  async shows(start: (display: string) => Typed, picture: string, withinSeconds: number) {
    const screen = new Screen();
    try {
      const typed = start(await screen.name());
      let over = false;
      void typed.ends(withinSeconds + 60).then(
        () => (over = true),
        () => (over = true),
      );
      const saysServing = () => countPixels(screen.capture(), servingColour) >= servingPixelsMin;
      await typed.until(() => over || saysServing(), withinSeconds, 'a window that says “Serving”');
      if (over) throw typed.failure('ended without a window');
      writePng(join(results, `${picture}.png`), screen.capture());
      typed.signal('SIGTERM');
      await typed.until(() => over, 30, 'its end');
    } finally {
      await screen.close();
    }
  }
}

// The sign before “Serving licences” on the Overview, in the light theme; it has some 1,100 of them.
const servingColour = 0x0e700e;
const servingPixelsMin = 500;

export class StepFailure extends Error {}

export function expectThat(condition: boolean, typed: Typed, what: string): void {
  if (!condition) throw typed.failure(what);
}
