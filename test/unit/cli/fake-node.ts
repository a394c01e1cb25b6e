import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import { adminAddress } from '../../../src-main/admin/admin-address.ts';
import type { AdminError } from '../../../src-shared/contract/admin-error.ts';
import {
  adminContract,
  type AdminMethod,
  type AdminResult,
} from '../../../src-shared/contract/admin.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { type CliRun, makeTerminal, runIn } from './fake-terminal.ts';

type Answers = { [M in AdminMethod]?: AdminResult<M> | AdminError };

/** A node that answers commands as a test says, in the words of the contract. */
export class FakeNode {
  /** What was asked, with the defaults of the contract filled in. */
  readonly calls: { method: string; params: unknown }[] = [];
  readonly #dataDirectory: string;
  readonly #terminal = makeTerminal();

  constructor(dataDirectory: string) {
    this.#dataDirectory = dataDirectory;
  }

  run(...args: string[]): Promise<CliRun> {
    return runIn(this.#terminal, ...args, '--data-dir', this.#dataDirectory);
  }
}

/** Starts one for the rest of the test. */
export async function startFakeNode(answers: Answers): Promise<FakeNode> {
  const dataDirectory = makeTemporaryDirectory();
  const node = new FakeNode(dataDirectory);
  const server = createServer((asked, reply) => {
    const method = asked.url?.replace('/admin/v1/', '') ?? '';
    let body = '';
    asked.on('data', (chunk: Buffer) => (body += chunk.toString()));
    asked.on('end', () => {
      const known = method as AdminMethod;
      node.calls.push({
        method,
        params: adminContract[known].params.parse(JSON.parse(body)),
      });
      const answer = answers[known];
      if (answer === undefined) throw new Error(`the test has no answer to ${method}`);
      const refused = 'code' in answer && 'message' in answer;
      const document = refused ? { error: answer } : adminContract[known].result.parse(answer);
      reply.statusCode = refused ? 409 : 200;
      reply.end(JSON.stringify(document));
    });
  });
  await new Promise<void>((resolve) => server.listen(adminAddress(dataDirectory), resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return node;
}
