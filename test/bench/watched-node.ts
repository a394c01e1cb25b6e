// A server in a process of its own that knows how long its event loop was held: watched-node.ts DIRECTORY NAME
import { createNode } from '../../src-main/node/index.ts';
import { adminContract, type AdminMethod } from '../../src-shared/contract/admin.ts';
import { watchStalls } from './stall-watch.ts';

/** What the other process orders. */
export type WatchedOrder =
  { type: 'call'; method: AdminMethod; params: object } | { type: 'stall' } | { type: 'stop' };

const [dataDirectory = '', name = ''] = process.argv.slice(2);
const node = await createNode(
  {
    ...{ dataDirectory, name, version: '0', packaged: false, mdns: false },
    listen: { host: '127.0.0.1', port: 0 },
  },
  {
    onFatal: (error) => {
      throw error;
    },
    onStopAsked: () => undefined,
  },
);
await node.listening();
let stallMs = watchStalls();

async function carryOut(order: WatchedOrder): Promise<unknown> {
  switch (order.type) {
    case 'call': {
      const args = adminContract[order.method].params.parse(order.params) as never;
      const answer = await node.admin.call(order.method, args);
      if (!answer.ok) throw new Error(`${order.method}: ${answer.message}`);
      return answer.value;
    }
    case 'stall': {
      const longestMs = stallMs();
      stallMs = watchStalls();
      return longestMs;
    }
    case 'stop':
      await node.stop();
      return null;
  }
}

process.on('message', (order: WatchedOrder) => {
  carryOut(order).then(
    (value) => process.send?.({ value }, () => order.type === 'stop' && process.exit()),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.({ value: node.id });
