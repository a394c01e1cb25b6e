import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Agenda } from '../simulation/agenda.ts';
import type { Answer } from '../simulation/member.ts';

/** What everybody saw, line by line, with the time since it began. */
export class Transcript {
  readonly #lines: string[] = [];
  readonly #agenda: Agenda;
  #beganMs = 0;

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  /** Time is counted from here. */
  begin(): void {
    this.#beganMs = this.#agenda.nowMs;
  }

  /** What the story says next. */
  say(text: string): void {
    this.#lines.push('', `# ${text}`);
  }

  line(who: string, what: string): void {
    const seconds = ((this.#agenda.nowMs - this.#beganMs) / 1000).toFixed(1);
    this.#lines.push(`${seconds.padStart(7)} s  ${who.padEnd(6)} ${what}`);
  }

  /** It is the one that was read and accepted. `UPDATE_SCENARIOS=1` writes that anew. */
  check(name: string): void {
    const file = join(import.meta.dirname, 'transcripts', `${name}.txt`);
    const text = `${this.#lines.join('\n').trim()}\n`;
    if (process.env.UPDATE_SCENARIOS === '1') writeFileSync(file, text);
    expect(existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : '').toBe(text);
  }
}

/** As it reads in a transcript. */
export function describeAnswer(answer: Answer | null): string {
  if (!answer) return 'no answer';
  switch (answer.type) {
    case 'leaseGranted':
      return answer.created ? 'granted' : 'granted before';
    case 'leaseEnded':
      return 'taken back';
    case 'refused':
      return `${answer.code}: ${answer.detail}`;
    case 'notServing':
      return `not serving (${answer.reason})${answer.active ? `, SRV-${answer.active} is` : ''}`;
    case 'licensesChanged':
      return answer.changes.map(({ kind }) => kind).join(', ');
    default:
      return answer.type;
  }
}
