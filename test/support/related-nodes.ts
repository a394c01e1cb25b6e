import { expect, onTestFinished } from 'vitest';
import type { AdminErrorCode } from '../../src-shared/contract/admin-error.ts';
import type { AdminMethod, AdminParams, AdminResult } from '../../src-shared/contract/admin.ts';
import { adminContract } from '../../src-shared/contract/admin.ts';
import type { Allowed } from '../../src-shared/model/consent.ts';
import type { LedgerStatus } from '../../src-shared/model/node-snapshot.ts';
import type { NodeOptions } from '../../src-main/node/index.ts';
import { ClientConnection } from './json-request.ts';
import { type LicenseOverride, makeLicenseFile, makeVendor, type TestVendor } from './licenses.ts';
import { startTestNode, type TestNode } from './node.ts';
import { slowness } from './slowness.ts';

/** Longest wait for something that takes milliseconds on an idle machine. */
export const patiently = { timeout: 30_000 * slowness, interval: 20 };

/** For tests of several nodes, which share the processor with other tests. */
export const unhurried = { timeout: 90_000 * slowness };

/** Nodes in this process with these names, each paired with each, and a relationship agreed to. */
export async function startPairedNodes(
  ...names: string[]
): Promise<[TestNode, TestNode, TestNode]> {
  const nodes: TestNode[] = [];
  for (const name of names) {
    const node = await startTestNode();
    await order(node, 'settings.set', { name });
    for (const other of nodes) await pairNodes(other, node);
    nodes.push(node);
  }
  return nodes as [TestNode, TestNode, TestNode];
}

export async function pairNodes(
  inviter: TestNode,
  joiner: TestNode,
  allow: Allowed = 'relationship',
): Promise<void> {
  const { code } = await order(inviter, 'servers.invite', { allow });
  await order(joiner, 'servers.pair', { address: `127.0.0.1:${inviter.port}`, code, allow });
  await expectConnected(inviter, joiner);
}

export async function expectConnected(a: TestNode, b: TestNode): Promise<void> {
  await expect.poll(() => [isConnected(a, b), isConnected(b, a)], patiently).toEqual([true, true]);
}

function isConnected(at: TestNode, to: TestNode): boolean {
  const rows = at.node.admin.snapshot().servers;
  return rows.some(({ id, connected }) => id === to.node.id && connected);
}

/** The same server again, on its data and its port. */
export async function restart(
  { node, dataDirectory, port }: TestNode,
  options: Partial<NodeOptions> = {},
): Promise<TestNode> {
  await node.stop();
  const listen = { host: '127.0.0.1', port };
  return startTestNode({ dataDirectory, listen, ...options });
}

/** What an admin method answers; its arguments are read as at the socket. */
export function ask<M extends AdminMethod>({ node }: TestNode, method: M, params: AdminParams<M>) {
  const args = adminContract[method].params.parse(params) as never;
  return node.admin.call(method, args);
}

/** The same, when it must work. */
export async function order<M extends AdminMethod>(
  at: TestNode,
  method: M,
  params: AdminParams<M>,
): Promise<AdminResult<M>> {
  const answer = await ask(at, method, params);
  if (!answer.ok) throw new Error(`${method}: ${answer.code} ${answer.message}`);
  adminContract[method].result.parse(answer.value);
  return answer.value;
}

export async function expectRefused<M extends AdminMethod>(
  at: TestNode,
  method: M,
  params: AdminParams<M>,
  code: AdminErrorCode,
): Promise<string> {
  const answer = await ask(at, method, params);
  expect(answer).toMatchObject({ ok: false, code });
  return answer.ok ? '' : answer.message;
}

/** A client's connection, until the test is over. */
export function connect(to: TestNode): ClientConnection {
  const connection = new ClientConnection(to.port);
  onTestFinished(() => connection.close());
  return connection;
}

/** Takes a seat, which there has to be; returns the id of its lease. */
export async function leaseOf(to: TestNode, instance: string, feature = 'cad'): Promise<string> {
  const answer = await connect(to).checkout(instance, feature);
  expect(answer.status).toBe(201);
  return (answer.body as { lease: { id: string } }).lease.id;
}

/** A licence that a backup may serve. */
export const protectedLicense = { redundancy: 'backup' } as const;

/** Licences at one server, from a vendor of their own. */
export async function install(at: TestNode, ...licenses: LicenseOverride[]): Promise<TestVendor> {
  const vendor = await makeVendor();
  await order(at, 'vendor.trust', { content: vendor.publicFile });
  const content = await makeLicenseFile(vendor, ...licenses);
  await order(at, 'license.import', { content, fileName: 'test.lic' });
  return vendor;
}

/** The ledger of a server's own licences, as another one sees it. */
export function ledgerOf(owner: TestNode, at: TestNode = owner): LedgerStatus | undefined {
  const { ledgers } = at.node.admin.snapshot();
  return ledgers.find(({ members }) => members[0] === owner.node.id);
}

export function activeOf(owner: TestNode, at: TestNode = owner): string | null | undefined {
  return ledgerOf(owner, at)?.active;
}

/** Both of the ledger's servers say that this one serves it, and have everything. */
export async function expectServing(
  owner: TestNode,
  by: TestNode,
  ...seenAt: TestNode[]
): Promise<void> {
  for (const at of seenAt) {
    await expect
      .poll(() => ({ active: activeOf(owner, at), all: isInSync(owner, at) }), patiently)
      .toEqual({ active: by.node.id, all: true });
  }
}

function isInSync(owner: TestNode, at: TestNode): boolean {
  const ledger = ledgerOf(owner, at);
  return ledger?.members.every((id) => ledger.synchronised.includes(id)) ?? false;
}
