import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { takeTokenFile } from '../../../src-shared/client/remote-borrow.ts';
import { parseBorrowFile, readBorrowRequest } from '../../../src-shared/contract/remote-borrow.ts';
import { nodeSignatures } from '../../../src-main/client-transport/node-signatures.ts';
import { fileSignatures } from '../../../src-main/node/identity/file-signatures.ts';
import { expectMode } from '../../support/file-mode.ts';
import { OfflineMachine } from '../../support/borrow-files.ts';
import { installLicenses, startTestNode } from '../../support/node.ts';
import { order } from '../../support/related-nodes.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { makeTerminal, runIn } from './fake-terminal.ts';

type Terminal = ReturnType<typeof makeTerminal>;

/** The computer of a user, with its own home. */
function makeComputer(home = makeTemporaryDirectory()): Terminal {
  return makeTerminal('', { workingDirectory: home, env: { XDG_CONFIG_HOME: home } });
}

async function run(computer: Terminal, ...args: string[]) {
  const ran = await runIn(computer, 'client', 'borrow', ...args, '--json');
  const json = JSON.parse(ran.stdout) as Record<string, unknown>;
  return { status: ran.status, json };
}

const refusal = (code: string) => ({ status: 1, json: { error: { code } } });
const textOf = (computer: Terminal, name: string) =>
  readFileSync(join(computer.workingDirectory, name), 'utf8');

/** A server, and the token file that it gives for a request file. */
async function startServer() {
  const at = await startTestNode();
  await installLicenses(at.node, { units: 3, borrow: { maxDays: 30, maxUnits: 3 } });
  const grant = async (content: string) => (await order(at, 'borrow.grant', { content })).tokenFile;
  return { at, grant };
}

const ask = ['request', 'a.request', '--feature', 'cad', '--until', '7d'];

it('asks with a key that is made for the one seat, and keeps it for its user alone', async () => {
  const computer = makeComputer();
  const first = await run(computer, ...ask);
  const second = await run(computer, ...ask.with(1, 'b.request'));
  expect([first.status, second.status]).toEqual([0, 0]);
  const instances = ['a.request', 'b.request'].map((name) => {
    const read = readBorrowRequest(parseBorrowFile(textOf(computer, name)), fileSignatures);
    return read.ok ? read.value.request.client.instance : read.message;
  });
  expect(new Set(instances).size).toBe(2);
  const { id } = first.json as { id: string };
  const kept = join(computer.workingDirectory, 'Understudy', 'borrowings', `${id}.json`);
  expectMode(kept, 0o600);
  // No file is overwritten, and what could not be written was not asked for.
  expect(await run(computer, ...ask)).toMatchObject(refusal('FILE_NOT_WRITTEN'));
  const { json } = await run(computer, 'list');
  expect(json['borrowings']).toMatchObject([{ state: 'asked' }, { state: 'asked' }]);
});

it('takes a token file once, where it was asked for, and gives back by a file', async () => {
  const { at, grant } = await startServer();
  const [computer, other] = [makeComputer(), makeComputer()];
  const { id } = (await run(computer, ...ask)).json as { id: string };
  const token = await grant(textOf(computer, 'a.request'));
  for (const { workingDirectory } of [computer, other]) {
    writeFileSync(join(workingDirectory, 'a.token'), token);
  }
  expect(await run(other, 'accept', 'a.token')).toMatchObject(refusal('BORROW_FILE_WRONG'));
  expect(await run(computer, 'accept', 'a.request')).toMatchObject(refusal('BORROW_FILE_WRONG'));
  const strange = ['accept', 'a.token', '--fingerprint', '0'.repeat(64)];
  expect(await run(computer, ...strange)).toMatchObject(refusal('SERVER_NOT_TRUSTED'));
  expect(await run(computer, 'return', id, '--out', 'x')).toMatchObject(
    refusal('NO_SUCH_BORROWING'),
  );
  const trusted = ['accept', 'a.token', '--fingerprint', at.node.id];
  expect(await run(computer, ...trusted)).toMatchObject({ status: 0, json: { id } });
  expect(await run(computer, ...trusted)).toMatchObject(refusal('BORROW_FILE_USED'));
  const listed = { id, state: 'held', byFile: true, servedBy: expect.any(String) };
  expect((await run(computer, 'list')).json['borrowings']).toMatchObject([listed]);

  expect(await run(computer, 'return', id)).toMatchObject({ status: 2 });
  expect(await run(computer, 'return', 'none', '--out', 'x')).toMatchObject(
    refusal('NO_SUCH_BORROWING'),
  );
  expect((await run(computer, 'return', id, '--out', 'a.return')).status).toBe(0);
  // A file that could not be carried is written again; the seat is of no use here any more.
  expect((await run(computer, 'return', id, '--out', 'b.return')).status).toBe(0);
  expect(textOf(computer, 'a.return')).toBe(textOf(computer, 'b.return'));
  expect(await run(computer, ...trusted)).toMatchObject(refusal('BORROW_FILE_USED'));
  const content = textOf(computer, 'a.return');
  expect(await order(at, 'borrow.takeBack', { content })).toMatchObject({ hadEnded: false });
});

it('carries the files of another machine to the servers', async () => {
  const { at } = await startServer();
  const computer = makeComputer();
  const machine = new OfflineMachine();
  const server = ['--server', `127.0.0.1:${at.port}`];
  writeFileSync(join(computer.workingDirectory, 'a.request'), machine.requestFile);
  const fetched = await run(computer, 'fetch', 'a.request', 'a.token', ...server);
  expect(fetched).toMatchObject({ status: 0, json: { servedBy: { id: at.node.id } } });
  const { answer } = JSON.parse(textOf(computer, 'a.token')) as {
    answer: Parameters<typeof takeTokenFile>[0];
  };
  const options = { signatures: nodeSignatures, wallMs: Date.now(), fingerprints: [] };
  expect(takeTokenFile(answer, machine.asked, options)).toMatchObject({ ok: true });
  writeFileSync(join(computer.workingDirectory, 'a.return'), machine.returnFile(answer));
  expect(await run(computer, 'hand-in', 'a.return', ...server)).toMatchObject({ status: 0 });
  expect((await order(at, 'lease.list', { limit: 10 })).total).toBe(0);
  writeFileSync(join(computer.workingDirectory, 'bad.request'), '{"payload":"e30"}');
  expect(await run(computer, 'fetch', 'bad.request', 'x', ...server)).toMatchObject(
    refusal('LS_BAD_REQUEST'),
  );
  const nobody = ['--server', '127.0.0.1:1', '--timeout-ms', '100'];
  expect(await run(computer, 'hand-in', 'a.return', ...nobody)).toMatchObject(
    refusal('SERVER_UNREACHABLE'),
  );
});

it('keeps a seat that was borrowed over the network, and gives it back there', async () => {
  const { at } = await startServer();
  const computer = makeComputer();
  const server = ['--server', `127.0.0.1:${at.port}`];
  const checkout = ['client', 'checkout', '--feature', 'cad', '--borrow-until', '2d'];
  expect(await runIn(computer, ...checkout, ...server)).toMatchObject({ status: 0 });
  const { borrowings } = (await run(computer, 'list')).json as { borrowings: { id: string }[] };
  expect(borrowings).toMatchObject([{ state: 'held', byFile: false }]);
  const id = borrowings[0]?.id ?? '';
  expect(await run(computer, 'return', id, ...server)).toMatchObject({ status: 0 });
  expect((await run(computer, 'list')).json['borrowings']).toEqual([]);
  expect((await order(at, 'lease.list', { limit: 10 })).total).toBe(0);
});

it('says of a seat that was borrowed under another name of the computer how it is used', async () => {
  const { grant } = await startServer();
  const computer = makeComputer();
  await run(computer, ...ask, '--user', 'Ann Lee', '--host', 'laptop');
  writeFileSync(
    join(computer.workingDirectory, 'a.token'),
    await grant(textOf(computer, 'a.request')),
  );
  expect((await run(computer, 'accept', 'a.token')).status).toBe(0);
  const runs = (...more: string[]) =>
    runIn(computer, 'client', 'run', '--feature', 'cad', '--server', '127.0.0.1:9', ...more);
  const command = ['--', process.execPath, '--version'];
  const refused = await runs('--user', 'Ann Lee', '--host', 'laptop.home', ...command);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('--user "Ann Lee" --host "laptop"');
  const used = await runs('--user', 'Ann Lee', '--host', 'laptop', ...command);
  expect(used.stderr).toContain('no server is asked');
});
