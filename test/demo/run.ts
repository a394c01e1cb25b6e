// npm run demo [-- triad|pool]: servers that fail and come back, in less than a minute.
import { type DemoOptions, runDemo } from './demo.ts';
import { runPoolDemo } from './pool-demo.ts';
import { runTriadDemo } from './triad-demo.ts';

const demos: Record<string, (options: DemoOptions) => Promise<string[]>> = {
  backup: runDemo,
  triad: runTriadDemo,
  pool: runPoolDemo,
};

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interruption.abort());
}
// Nobody reads any longer.
process.stdout.on('error', () => interruption.abort());

try {
  const [name = 'backup'] = process.argv.slice(2);
  const demo = demos[name];
  if (!demo) throw new Error(`There is no demo ${name}: ${Object.keys(demos).join(', ')}.`);
  const write = (text: string) => void process.stdout.write(text);
  const wrong = await demo({ write, signal: interruption.signal });
  process.exitCode = wrong.length === 0 ? 0 : 1;
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  const { aborted } = interruption.signal;
  process.stderr.write(aborted ? '\nThe demonstration was interrupted.\n' : `\n${why}\n`);
  process.exitCode = aborted ? 130 : 1;
}
