interface ClientCommandOptions {
  feature: string | undefined;
  /** `host:port` of the servers that hold the licence, the first to try first. */
  addresses: readonly string[];
  /** False in a checkout, where the command line is one of its scripts. */
  packaged: boolean;
}

/** What to type on a workstation to run an application with a seat from these servers. */
export function clientCommand({ feature, addresses, packaged }: ClientCommandOptions): string {
  const program = packaged ? 'understudy' : 'node scripts/cli.mjs';
  const what = feature === undefined ? 'FEATURE' : quote(feature);
  const servers = addresses.map((address) => `--server ${address}`).join(' ');
  return `${program} client run --feature ${what} ${servers} -- YOUR-APPLICATION`;
}

function quote(word: string): string {
  return /^[A-Za-z0-9._:@/-]+$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`;
}
