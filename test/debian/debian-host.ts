import { ClientConnection } from '../support/json-request.ts';
import { makeNetwork } from '../support/network.ts';
import { waitFor } from '../support/wait-for.ts';
import { DebianMachine } from './debian-machine.ts';

/** A Debian that was booted on a network with this process. */
export class Host {
  readonly machine: DebianMachine;
  readonly address: string;

  private constructor(machine: DebianMachine, address: string) {
    this.machine = machine;
    this.address = address;
  }

  /** On a network of its own unless told. */
  static async make(network = makeNetwork(1)[0]): Promise<Host> {
    if (!network) throw new Error('a network of one');
    return new Host(await DebianMachine.make({ under: network.under }), network.address);
  }

  async install(file: string): Promise<void> {
    this.machine.put(file, '/root/understudy.deb');
    await this.machine.do('apt-get', 'install', '-y', '/root/understudy.deb');
  }

  /** Has its server grant seats of `cad`, 5 at a time; `at`: which server, unless the installed one. */
  async addLicense(at: string[] = []): Promise<void> {
    const { key, file } = await this.issueLicense();
    await this.machine.do('understudy', 'vendor', 'trust', `${key}.pub`, ...at);
    await this.machine.do('understudy', 'license', 'import', file, ...at);
  }

  /** Files of a vendor in root's folder, of a licence for 5 seats of `cad`. */
  async issueLicense(more: object = {}): Promise<{ key: string; file: string }> {
    const { machine } = this;
    const [key, file] = ['/root/acme.key', '/root/cad.lic'];
    const fields = { product: 'Suite', feature: 'cad', units: 5, ttlSeconds: 60, ...more };
    const spec = JSON.stringify(fields);
    await machine.do('understudy', 'issue', 'keygen', '--vendor', 'Acme', '--out', key);
    const issue = ['understudy', 'issue', 'license', '-', '--key', key, '--out', file];
    const { status, stderr } = await machine.runAs({ stdin: spec }, ...issue);
    if (status !== 0) throw new Error(`no licence was issued: ${stderr}`);
    return { key, file };
  }

  async untilServing(): Promise<void> {
    await waitFor('clients are served', async () => {
      const connection = new ClientConnection(7470, { host: this.address });
      const answer = await connection.send('GET', '/healthz').catch(() => null);
      connection.close();
      return answer?.status === 200;
    });
  }

  state(property: string): Promise<string> {
    return this.machine
      .do('systemctl', 'show', '--value', `--property=${property}`, 'understudy')
      .then((text) => text.trim());
  }

  /** Every file and folder but the notes of the system about itself. */
  async files(): Promise<string[]> {
    const notes =
      '^/(proc|sys|dev|run|tmp|root|var/tmp)/|^/var/(log|cache|lib/(dpkg|apt|systemd))/|^/etc/[a-z]+-$';
    const found = await this.machine.do('find', '/', '-xdev', '-regextype', 'posix-extended');
    return found.split('\n').filter((path) => !new RegExp(notes).test(path));
  }
}
