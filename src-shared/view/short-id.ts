/** Characters of a server's id that stand for it where its name is not known. */
const shortIdLength = 12;

/** What a server is called whose name is not known here: the beginning of its id. */
export function shortId(serverId: string): string {
  return serverId.slice(0, shortIdLength);
}
