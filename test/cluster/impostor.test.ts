import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { adminAddress } from '../../src-main/admin/admin-address.ts';
import { AdminClient } from '../../src-main/admin/admin-client.ts';
import { makeCertificate } from '../../src-main/node/identity/certificate.ts';
import { makeIdentityKey } from '../../src-main/node/identity/key-file.ts';
import { checkoutRequestSchema, nonceHeader } from '../../src-shared/contract/client-api.ts';
import {
  type LicenseOverride,
  makeLicenseFile,
  makeVendor,
  type TestVendor,
} from '../support/licenses.ts';
import { startServe } from '../support/node.ts';
import { makeSignedText, sealAnswer } from '../support/proved-answer.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';
import { CliProcess } from './cli-process.ts';

const failureSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

let home: string;
let acme: TestVendor;

beforeEach(async () => {
  home = makeTemporaryDirectory();
  acme = await makeVendor('Acme');
  writeFileSync(join(home, 'acme.pub'), acme.publicFile);
});

/** `client run` at this port; what it ran said "up". */
async function run(port: number, ...options: string[]) {
  const seat = ['--feature', 'drafting', '--server', `127.0.0.1:${port}`];
  const command = new CliProcess(home, ['client', 'run', ...seat, ...options, '--', 'echo', 'up']);
  onTestFinished(() => command.kill());
  return { status: await command.exited(), stdout: command.stdout, stderr: command.stderr };
}

/** What `client run` was refused with. */
async function refusalAt(port: number): Promise<string> {
  const { status, stdout } = await run(port, '--vendor', 'acme.pub', '--json');
  expect(status).toBe(1);
  const { error } = failureSchema.parse(JSON.parse(stdout));
  expect(error.code).toBe('LICENSE_NOT_PROVED');
  return error.message;
}

/** A server that makes up every answer, with a key of its own and a licence that it was given. */
async function startImpostor(vendor: TestVendor, license: LicenseOverride): Promise<number> {
  const key = await makeIdentityKey();
  const certPem = await makeCertificate(
    { ...key, privateKeyPem: key.keyPem },
    ['localhost'],
    Date.now(),
  );
  const named = { feature: 'drafting', servers: [key.id], ...license };
  const signedText = await makeSignedText(vendor, named);
  const server: Server = createServer({ key: key.keyPem, cert: certPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method !== 'POST') return void response.writeHead(204).end();
      const asked = checkoutRequestSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
      const { instance: holder, user, host } = asked.client;
      const plain = {
        lease: {
          id: '00000000-0000-4000-8000-000000000001',
          license: 'acme-cad',
          feature: 'drafting',
          units: 1,
          grantedAt: new Date().toISOString(),
          ttlSeconds: 3600,
        },
        token: '',
        term: 1,
        servedBy: { id: key.id, name: 'fake', role: 'primary' as const },
        servers: [],
      };
      const nonce = String(request.headers[nonceHeader]);
      const answer = sealAnswer(plain, nonce, {
        server: key,
        signedText,
        license: named,
        nowSeconds: Math.floor(Date.now() / 1000),
        claims: { holder, user, host },
      });
      response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

it('satisfies nobody who asks for a proof of the vendor', async () => {
  const own = await startImpostor(await makeVendor('Acme'), {});
  expect(await run(own)).toMatchObject({ status: 0, stdout: 'up\n' });
  expect(await refusalAt(own)).toContain("not signed with the vendor's key");

  const copied = await startImpostor(acme, { servers: ['ab'.repeat(32)] });
  expect(await refusalAt(copied)).toContain('does not name the server');

  const anybody = await startImpostor(acme, { servers: [] });
  expect(await refusalAt(anybody)).toContain('names no servers');
});

it('is told from a genuine server whose licence names it', async () => {
  const dataDirectory = join(home, 'data');
  const { id, port } = await startServe(dataDirectory).ready();
  const admin = new AdminClient({ address: adminAddress(dataDirectory) });
  await admin.call('vendor.trust', { content: acme.publicFile });
  const install = async (license: LicenseOverride) => {
    const content = await makeLicenseFile(acme, { feature: 'drafting', ...license });
    const imported = await admin.call('license.import', { content, fileName: 'a.lic' });
    if (!imported.ok) throw new Error(imported.message);
  };
  await install({ servers: [] });
  expect(await refusalAt(port)).toContain('names no servers');
  await install({ servers: [id], serial: 2 });
  const proved = await run(port, '--vendor', 'acme.pub', '--product', 'Acme Suite');
  expect(proved).toMatchObject({ status: 0, stdout: 'up\n' });
});

it('does not start when the key that is to prove it cannot be read', async () => {
  writeFileSync(join(home, 'not.pub'), '{}');
  const { status, stdout, stderr } = await run(1, '--vendor', 'not.pub');
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain("not a vendor's public key");
});
