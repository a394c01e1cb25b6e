import { keepHeapSmall } from './heap.ts';
import { createNode, type LicenseNode, type NodeOptions, type NodePorts } from '../node/index.ts';
import { NodeStartFailure } from '../node/base/start-failure.ts';
import { say } from '../node/base/say.ts';
import { guardProcess, sayDead } from './process-guard.ts';
import { waitForStopSignal } from './stop-signal.ts';

/** What `understudy serve` can be told. */
export type ServeOptions = Pick<
  NodeOptions,
  | 'dataDirectory'
  | 'name'
  | 'listen'
  | 'mdns'
  | 'fixedPeers'
  | 'startAnew'
  | 'config'
  | 'configRefused'
  | 'admitGroup'
>;

/** How a windowless server ended: told to stop, never started, or unable to go on, which it has said. */
export type ServeEnd =
  { type: 'stopped' } | { type: 'notStarted'; failure: NodeStartFailure } | { type: 'died' };

/** Runs the windowless server until it is told to stop. */
export async function runServe(
  options: ServeOptions,
  {
    onServing,
    onEvent,
  }: { onServing: (adminAddress: string) => void } & Pick<NodePorts, 'onEvent'>,
): Promise<ServeEnd> {
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
    node = await createNode(
      { ...options, version, packaged: isPackaged() },
      { onFatal: die, onStopAsked: signals.ask, onEvent },
    );
    announce(node, onServing);
    const reason = await Promise.race([signals.received, died]);
    if (reason instanceof Error) {
      sayDead(reason);
      return { type: 'died' };
    }
    await node.stop();
    return { type: 'stopped' };
  } catch (error) {
    if (!(error instanceof NodeStartFailure)) throw error;
    return { type: 'notStarted', failure: error };
  } finally {
    signals.end();
    endGuard();
  }
}

/** Prints the line that scripts wait for, or why it takes longer. */
function announce(node: LicenseNode, onServing: (adminAddress: string) => void): void {
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
    const { server, missingData } = node.admin.snapshot();
    const { id, name, address } = server;
    if (missingData) say(missingData.message);
    process.stdout.write(`ready ${JSON.stringify({ id, name, port, address })}\n`);
    onServing(node.adminAddress);
  });
}

/** In a packaged build the code is in the application's archive. */
function isPackaged(): boolean {
  return import.meta.url.includes('app.asar');
}
