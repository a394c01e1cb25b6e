// npm run demo [-- triad|pool]: shows with servers on this machine how one takes over from another.
import { bootstrap } from './bootstrap.mjs';
import { ensureBuilt } from './build.mjs';
import { inRoot } from './paths.mjs';
import { asNode, run } from './process.mjs';
import { runMain } from './say.mjs';
import { printUsage } from './usage.mjs';

runMain(async () => {
  if (printUsage('demo', process.argv.slice(2))) return 0;
  const { binary } = await bootstrap({ needs: 'node' });
  await ensureBuilt();
  const node = ['--disable-warning=ExperimentalWarning'];
  return run(binary, [...node, inRoot('test', 'demo', 'run.ts'), ...process.argv.slice(2)], {
    env: asNode,
  });
});
