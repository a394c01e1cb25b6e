// npm run demo: two servers, a failover and its end, in less than a minute.
import { runDemo } from './demo.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interruption.abort());
}
// Nobody reads any longer.
process.stdout.on('error', () => interruption.abort());

try {
  const write = (text: string) => void process.stdout.write(text);
  const wrong = await runDemo({ write, signal: interruption.signal });
  process.exitCode = wrong.length === 0 ? 0 : 1;
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  const { aborted } = interruption.signal;
  process.stderr.write(aborted ? '\nThe demonstration was interrupted.\n' : `\n${why}\n`);
  process.exitCode = aborted ? 130 : 1;
}
