import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readChosenFile } from '../../../src-main/desktop/window/chosen-file.ts';
import { writeExport } from '../../../src-main/desktop/window/export-file.ts';
import { exportLines, type ExportRequest } from '../../../src-main/desktop/window/export-rows.ts';
import type { NodeClient } from '../../../src-main/desktop/node/node-client.ts';
import { importedFileBytesMax } from '../../../src-shared/contract/admin.ts';
import { pageRowsMax } from '../../../src-shared/contract/records.ts';
import type { ListedLease } from '../../../src-shared/model/lease.ts';
import { makeTemporaryDirectory } from '../../support/temporary-directory.ts';
import { at, atMs } from '../../support/snapshot-builders.ts';

type Answer = (method: string, params: Record<string, unknown>) => unknown;

/** A node whose every answer is the value that `answer` returns. */
function nodeThat(answer: Answer): Pick<NodeClient, 'call'> {
  const call = (method: string, params: object) =>
    Promise.resolve({ ok: true, value: answer(method, params as Record<string, unknown>) });
  return { call: call as NodeClient['call'] };
}

function makeLease(number: number, user = 'ada'): ListedLease {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return {
    ...{ id, license: 'acme-cad', product: 'Acme Suite', feature: 'cad', units: 1 },
    holder: { instance: `i${number}`, user, host: 'ws-1' },
    ...{ grantedAt: at, expiresAt: at },
  };
}

async function linesOf(node: Pick<NodeClient, 'call'>, request: ExportRequest): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportLines(node, request)) lines.push(line);
  return lines;
}

test('every lease is exported once, also when some end between two pages', async () => {
  let leases = Array.from({ length: 2_500 }, (_, index) => makeLease(index));
  const staying = leases.slice(60);
  let pages = 0;
  const node = nodeThat((_method, { offset, limit }) => {
    const page = leases.slice(Number(offset), Number(offset) + Number(limit));
    pages += 1;
    if (pages === 1) leases = staying;
    return { leases: page, total: leases.length };
  });
  const ids = (await linesOf(node, { what: 'leases' })).slice(1).map((line) => line.slice(0, 36));
  expect(new Set(ids).size).toBe(ids.length);
  expect(staying.filter(({ id }) => !ids.includes(id))).toEqual([]);
});

test('usage is read on from the last sequence, sessions and denials in the same columns', async () => {
  const session = {
    ...{ kind: 'session', leaseId: 'l', licenseId: 'acme-cad', product: 'Acme', feature: 'cad' },
    ...{ units: 2, user: 'ada', host: 'ws-1', startedAtMs: atMs, endedAtMs: atMs + 1_000 },
    ...{ end: 'returned', borrowed: false },
  };
  const denial = {
    ...{ kind: 'denial', sequence: pageRowsMax + 1, feature: 'sim', units: 1, user: 'bob' },
    ...{ host: 'ws-2', code: 'LS_INSUFFICIENTUNITS', firstAtMs: atMs, lastAtMs: atMs, count: 3 },
  };
  const several = {
    ...{ ...denial, sequence: pageRowsMax + 2, user: '', host: '', count: 900 },
    together: { users: 70, hosts: 12, features: 1 },
  };
  const asked: unknown[] = [];
  const node = nodeThat((_method, { afterSequence, from }) => {
    asked.push([afterSequence, from]);
    if (afterSequence === pageRowsMax) return { records: [denial, several] };
    return {
      records: Array.from({ length: pageRowsMax }, (_, n) => ({ ...session, sequence: n + 1 })),
    };
  });
  const lines = await linesOf(node, { what: 'usage', from: at });
  expect(asked).toEqual([
    [0, at],
    [pageRowsMax, at],
  ]);
  expect(lines).toHaveLength(pageRowsMax + 3);
  expect(lines[1]).toBe(
    `session,acme-cad,Acme,cad,2,ada,ws-1,,${at},2026-03-01T12:00:01.000Z,1,returned,no,,,,,,\r\n`,
  );
  expect(lines.at(-2)).toBe(
    `denial,,,sim,1,bob,ws-2,,${at},${at},,,,LS_INSUFFICIENTUNITS,3,,,,\r\n`,
  );
  expect(lines.at(-1)).toBe(
    `denial,,,sim,1,,,,${at},${at},,,,LS_INSUFFICIENTUNITS,900,,70,12,1\r\n`,
  );
  expect(lines[0]).toBe(
    'kind,license,product,feature,units,user,host,app,from,to,seconds,end,borrowed,code,count,released by,users,hosts,features\r\n',
  );
  const columns = lines.map((line) => line.split(',').length);
  expect(new Set(columns).size).toBe(1);
});

test('the timeline keeps to the time that was asked for', async () => {
  const event = (sequence: number, instant: string) => ({
    ...{ sequence, server: 's', at: instant, kind: 'serverStarted', severity: 'info' },
    message: 'Started, "again".',
    actor: { kind: 'admin', name: 'root', server: 't' },
  });
  const events = [event(1, '2026-02-28T00:00:00Z'), event(2, at), event(3, '2026-03-02T00:00:00Z')];
  const request = { what: 'timeline', from: at, to: '2026-03-02T00:00:00Z' } as const;
  const lines = await linesOf(
    nodeThat(() => ({ events })),
    request,
  );
  expect(lines.slice(1)).toEqual([
    `${at},info,serverStarted,"Started, ""again"".",,,s,admin,root,t\r\n`,
  ]);
});

test('the timeline is in order of time, whenever its entries came, over all its pages', async () => {
  const count = 2 * pageRowsMax + 1;
  const startMs = Date.parse(at);
  // Every third entry came from another server, an hour after it happened.
  const events = Array.from({ length: count }, (_, i) => ({
    ...{
      sequence: i + 1,
      server: 's',
      kind: 'serverStarted',
      severity: 'info',
      message: 'Started.',
    },
    at: new Date(startMs + i * 1_000 - (i % 3 === 0 ? 3_600_000 : 0)).toISOString(),
  }));
  const node = nodeThat((_method, { afterSequence }) => {
    const after = Number(afterSequence);
    return { events: events.slice(after, after + pageRowsMax) };
  });
  const lines = (await linesOf(node, { what: 'timeline' })).slice(1);
  const instants = lines.map((line) => line.split(',')[0]);
  expect(instants).toHaveLength(count);
  expect(instants).toEqual(events.map((event) => event.at).toSorted());
});

test('an entry of a version that knew no actor is exported without one', async () => {
  const event = {
    ...{ sequence: 1, server: 's', at, kind: 'serverStarted', severity: 'info' },
    message: 'Started.',
  };
  const lines = await linesOf(
    nodeThat(() => ({ events: [event] })),
    { what: 'timeline' },
  );
  expect(lines.slice(1)).toEqual([`${at},info,serverStarted,Started.,,,s,,,\r\n`]);
});

test.each(['=1+1', '+1', '-1', '@x', '\t=1'])('the name %j is no formula', async (user) => {
  const node = nodeThat(() => ({ leases: [makeLease(1, user)], total: 1 }));
  const [, line] = await linesOf(node, { what: 'leases' });
  expect(line).toContain(`,'${user},`);
});

test('the file is whole: with its mark, and in the place of a former one', async () => {
  const folder = makeTemporaryDirectory();
  const path = join(folder, 'leases.csv');
  writeFileSync(path, 'former');
  const node = nodeThat(() => ({ leases: [makeLease(1), makeLease(2)], total: 2 }));
  const answer = await writeExport(path, exportLines(node, { what: 'leases' }));
  expect(answer).toEqual({ ok: true, value: { path, rows: 2 } });
  const text = readFileSync(path, 'utf8');
  expect(text.startsWith('\uFEFFid,license,')).toBe(true);
  expect(text.split('\r\n')).toHaveLength(4);
  expect(readdirSync(folder)).toEqual(['leases.csv']);
});

test('a node that goes away in the middle leaves the former file, and its reason is passed on', async () => {
  const folder = makeTemporaryDirectory();
  const path = join(folder, 'usage.csv');
  writeFileSync(path, 'former');
  const refusal = { ok: false, code: 'NODE_AWAY', message: 'It has stopped.' } as const;
  const node = { call: () => Promise.resolve(refusal) };
  const answer = await writeExport(path, exportLines(node, { what: 'usage' }));
  expect(answer).toEqual(refusal);
  expect(readFileSync(path, 'utf8')).toBe('former');
  expect(readdirSync(folder)).toEqual(['usage.csv']);
});

test('a place that cannot be written is a refusal with the reason', async () => {
  const path = join(makeTemporaryDirectory(), 'no', 'such', 'folder.csv');
  const node = nodeThat(() => ({ leases: [], total: 0 }));
  const answer = await writeExport(path, exportLines(node, { what: 'leases' }));
  expect(answer).toMatchObject({ ok: false, code: 'FILE_NOT_WRITTEN' });
  expect(existsSync(path)).toBe(false);
});

test('a chosen file is read up to the limit and refused beyond it', async () => {
  const folder = makeTemporaryDirectory();
  const file = join(folder, 'a.json');
  writeFileSync(file, 'x'.repeat(importedFileBytesMax));
  const whole = await readChosenFile(file);
  expect(whole.ok && whole.value.content.length).toBe(importedFileBytesMax);
  writeFileSync(file, 'x'.repeat(importedFileBytesMax + 1));
  expect(await readChosenFile(file)).toMatchObject({ ok: false, code: 'FILE_TOO_LARGE' });
});

test('what is no text file is refused in words', async () => {
  const folder = makeTemporaryDirectory();
  const binary = join(folder, 'binary.json');
  writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x00, 0xd8]));
  expect(await readChosenFile(binary)).toMatchObject({ code: 'FILE_NOT_TEXT' });
  mkdirSync(join(folder, 'folder.json'));
  expect(await readChosenFile(join(folder, 'folder.json'))).toMatchObject({
    code: 'FILE_NOT_READ',
  });
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link.json'));
  expect(await readChosenFile(join(folder, 'link.json'))).toMatchObject({ code: 'FILE_NOT_READ' });
});
