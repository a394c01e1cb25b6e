import { randomUUID } from 'node:crypto';
import { endRow, imageHead, leaseOfImage, rowMessage } from './forged-rows.ts';
import type { HostileServer } from './hostile-server.ts';

export interface AttackContext {
  /** The server that is attacked. */
  victim: string;
  port: number;
  /** Its own ledger. */
  ledger: string;
  /** Of its open invitation. */
  code: string;
}

export interface Attack {
  title: string;
  /** `client`: a stranger on the network; `paired`: with a server and no more; `member`: keeps its ledger. */
  by: 'client' | 'paired' | 'member';
  /** Resolves to what others had meanwhile; rejects when that was too little. */
  run: (hostile: HostileServer, context: AttackContext) => Promise<string | void>;
  /** How long others may wait meanwhile, in ms of the server's processor time; it is not looked at where none is said. */
  waitMsMax?: number;
  /** By how much the files of the server may grow by it; any length where it is not said. */
  bytesMax?: number;
}

const mebi = 1024 * 1024;

const payload = (data: object) => JSON.stringify({ type: 'payload', data });
const ledgerText = (ledger: string, type: string, rest: string) =>
  `{"type":"payload","data":{"type":"ledger","ledger":"${ledger}","message":{"type":"${type}",${rest}}}}`;
const repeated = (text: string, chars: number) =>
  Array(Math.floor(chars / (text.length + 1)))
    .fill(text)
    .join(',');

async function many(count: number, say: () => Promise<void>): Promise<void> {
  for (let n = 0; n < count; n++) await say();
}

/** Lists of nothing, of which the most fit into a length. */
const emptyRows = (chars: number) => `"rows":[${repeated('[]', chars)}]`;

export const serverAttacks: Attack[] = [
  {
    title: 'rows of 13 MB for a ledger that nobody keeps',
    by: 'paired',
    run: (hostile) => {
      const text = ledgerText(randomUUID(), 'rows', emptyRows(13 * mebi));
      return many(10, () => hostile.say(text));
    },
  },
  {
    title: 'rows of 13 MB for a ledger of others',
    by: 'paired',
    run: (hostile, { ledger }) => {
      const text = ledgerText(ledger, 'rows', emptyRows(13 * mebi));
      return many(10, () => hostile.say(text));
    },
  },
  {
    title: 'the deepest JSON of 15 MB',
    by: 'paired',
    run: (hostile) => {
      const half = 7 * mebi;
      const text = `{"type":"payload","data":${'['.repeat(half)}${']'.repeat(half)}}`;
      return many(5, () => hostile.say(text));
    },
  },
  {
    title: 'the deepest JSON that is short, 1,000 times',
    by: 'paired',
    run: (hostile) => {
      const text = `{"type":"payload","data":${'['.repeat(32_000)}${']'.repeat(32_000)}}`;
      return many(1_000, () => hostile.say(text));
    },
  },
  {
    title: 'as many empty lists as a short message has room for, 1,000 times',
    by: 'paired',
    run: (hostile, { ledger }) => {
      const text = ledgerText(ledger, 'rows', emptyRows(63 * 1024));
      return many(1_000, () => hostile.say(text));
    },
  },
  {
    title: 'an order of 8 MB',
    by: 'paired',
    run: (hostile, { ledger }) => {
      const order = { type: 'import', content: 'x'.repeat(8 * mebi), fileName: '', dryRun: false };
      const text = payload({
        type: 'call',
        id: 1,
        method: 'ledger.order',
        args: { ledger, order },
      });
      return many(5, () => hostile.say(text));
    },
  },
  {
    title: 'answers of 8 MB that nobody asked for',
    by: 'paired',
    run: (hostile) => {
      const answer = { ok: true, value: Array(1_000_000).fill({}) };
      const text = payload({ type: 'answer', id: 1, answer });
      return many(5, () => hostile.say(text));
    },
  },
  {
    title: '50,000 calls',
    by: 'paired',
    run: (hostile) =>
      many(50_000, () => hostile.say(payload({ type: 'call', id: 1, method: 'sing', args: {} }))),
  },
  {
    title: 'rows of 13 MB that are none',
    by: 'member',
    run: (hostile, { ledger }) => {
      const text = ledgerText(ledger, 'rows', emptyRows(13 * mebi));
      return many(3, () => hostile.say(text));
    },
  },
  {
    title: 'a row of 13 MB',
    by: 'member',
    run: (hostile, { ledger }) => {
      const text = ledgerText(ledger, 'rows', `"rows":[{"kind":"${'x'.repeat(13 * mebi)}"}]`);
      return many(3, () => hostile.say(text));
    },
  },
  {
    title: 'a number of 13 MB',
    by: 'member',
    run: (hostile, { ledger }) => {
      const text = ledgerText(ledger, 'rows', `"number":${'1'.repeat(13 * mebi)}`);
      return many(3, () => hostile.say(text));
    },
  },
  {
    title: 'an entry with as many changes as fit into 15 MB',
    by: 'member',
    run: (hostile, { ledger }) => {
      const changes = repeated('{"type":"lease","before":null,"after":null}', 15 * mebi);
      const entry = `{"index":1,"term":{"number":1,"member":""},"changes":[${changes}]}`;
      const text = ledgerText(ledger, 'append', `"entries":[${entry}]`);
      return many(3, () => hostile.say(text));
    },
  },
  ...[1_000, 5_000, 20_000].map((count): Attack => {
    return {
      title: `${count} rows in order, in one write of its own`,
      by: 'member',
      run: (hostile, { ledger }) => {
        const rows = Array.from({ length: count }, (_, n) => endRow(n));
        return hostile.say(
          payload({ type: 'ledger', ledger, message: rowMessage(hostile.id, rows) }),
        );
      },
    };
  }),
  {
    title: 'a transfer without end',
    by: 'member',
    run: async (hostile, { ledger }) => {
      let parts = 0;
      const text = repeated('{}', 250_000);
      hostile.answers['transfer.part'] = () => {
        parts++;
        return { text: parts === 1 ? `{"type":"rows","rows":[${text}` : `,${text}`, last: false };
      };
      const what = { type: 'message' };
      await hostile.say(payload({ type: 'offer', ledger, transfer: 1, what }));
      await settled(() => parts);
    },
  },
  {
    title: 'an image without end',
    by: 'member',
    run: async (hostile, { ledger }) => {
      let parts = 0;
      const head = JSON.stringify(imageHead(hostile.id));
      const leases = `[${repeated(JSON.stringify(leaseOfImage()), 250_000)}]`;
      hostile.answers['transfer.part'] = () => {
        parts++;
        return { text: parts === 1 ? head : leases, last: false };
      };
      const term = { number: 40, member: hostile.id };
      const figures = { commitIndex: 0, usageAfter: 0, eventsAfter: 0, configVersion: 9 };
      const what = { type: 'image', term, ...figures };
      await hostile.say(payload({ type: 'offer', ledger, transfer: 2, what }));
      await settled(() => parts);
    },
  },
  {
    title: 'a journal without end',
    by: 'member',
    run: async (hostile) => {
      let read = 0;
      hostile.answers['journal.read'] = ({ args }) => {
        read++;
        const after = Number(args['after']);
        const events = Array.from({ length: 500 }, (_, n) => ({
          sequence: after + n + 1,
          server: hostile.id,
          atMs: 0,
          kind: 'serverStarted',
          severity: 'info',
          message: 'x'.repeat(4_000),
        }));
        return { events };
      };
      await hostile.say(payload({ type: 'journalGrew', sequence: 1e12 }));
      await settled(() => read);
    },
  },
];

/** Resolves when a count rises no more. */
async function settled(count: () => number): Promise<void> {
  for (let before = -1; before !== count();) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
