import { keepHeapSmall } from './heap.ts';
import { createNode, type LicenseNode } from './node/index.ts';
import { NodeStartFailure } from './node/base/start-failure.ts';
import { guardProcess, say } from './process-guard.ts';
import { parseServeArguments, type ServeArguments, serveUsage } from './serve-arguments.ts';

const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGBREAK'] as const;

/**
 * The windowless server. Resolves to the exit status when it has stopped: 0 after an orderly stop,
 * 1 when it could not start or go on, 2 for wrong usage (contract, "Command line"). `tellFailure`
 * says why it could not start.
 */
export async function runServe(
  argv: readonly string[],
  tellFailure: (failure: NodeStartFailure) => void = ({ message }) => say(message),
): Promise<number> {
  const parsed = parseServeArguments(argv);
  switch (parsed.type) {
    case 'help':
      process.stdout.write(serveUsage);
      return 0;
    case 'wrong':
      process.stderr.write(`${parsed.why}\n\n${serveUsage}`);
      return 2;
    case 'serve':
      return serve(parsed.options, tellFailure);
  }
}

async function serve(
  options: ServeArguments,
  tellFailure: (failure: NodeStartFailure) => void,
): Promise<number> {
  let node: LicenseNode | undefined;
  let die: (error: Error) => void = () => undefined;
  const died = new Promise<Error>((resolve) => {
    die = resolve;
  });
  keepHeapSmall();
  const endGuard = guardProcess((error) => node?.noteFault(error));
  const signals = waitForStopSignal();
  try {
    const version = __APP_VERSION__;
    node = await createNode({ ...options, version, packaged: isPackaged() }, { onFatal: die });
    announce(node);
    const reason = await Promise.race([signals.received, died]);
    if (reason instanceof Error) {
      say(`${reason.message}. The server has to be started again.`);
      return 1;
    }
    await node.stop();
    return 0;
  } catch (error) {
    if (!(error instanceof NodeStartFailure)) throw error;
    tellFailure(error);
    return 1;
  } finally {
    signals.end();
    endGuard();
  }
}

/** Prints the line that scripts wait for, or why it takes longer. */
function announce(node: LicenseNode): void {
  let told = '';
  const tellWhyNot = () => {
    const { state, reasons } = node.admin.snapshot().serving;
    const why = reasons.map((reason) => reason.message).join(' ');
    if (state === 'stopped' && reasons[0]?.code !== 'STARTING' && why !== told) say(why);
    told = why;
  };
  const endWatch = node.admin.onChange(tellWhyNot);
  void node.listening().then(({ port }) => {
    endWatch();
    const { id, name, address } = node.admin.snapshot().server;
    process.stdout.write(`ready ${JSON.stringify({ id, name, port, address })}\n`);
  });
}

function waitForStopSignal(): { received: Promise<'stop'>; end: () => void } {
  let onSignal: () => void = () => undefined;
  const received = new Promise<'stop'>((resolve) => {
    onSignal = () => resolve('stop');
  });
  // Once each: a second signal ends a stop that takes too long.
  for (const signal of stopSignals) process.once(signal, onSignal);
  return {
    received,
    end: () => {
      for (const signal of stopSignals) process.off(signal, onSignal);
    },
  };
}

/** In a packaged build the code is in the application's archive. */
function isPackaged(): boolean {
  return import.meta.url.includes('app.asar');
}
