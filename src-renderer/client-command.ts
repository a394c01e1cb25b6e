interface ClientCommandOptions {
  feature: string | undefined;
  /** `host:port` of this server. */
  address: string;
  /** False in a checkout, where the command line is started by npm. */
  packaged: boolean;
}

/** What to type on a workstation to run an application with a seat from this server. */
export function clientCommand({ feature, address, packaged }: ClientCommandOptions): string {
  const program = packaged ? 'understudy' : 'npm run cli --';
  const what = feature === undefined ? 'FEATURE' : quote(feature);
  return `${program} client run --feature ${what} --server ${address} -- YOUR-APPLICATION`;
}

function quote(word: string): string {
  return /^[A-Za-z0-9._:@/-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`;
}
