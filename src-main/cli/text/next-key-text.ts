/** The first lines of what is said of an ordered key or identity. */
export function describeNextKey(
  ordered: 'key' | 'identity',
  { id, nextId }: { id: string; nextId: string },
): string[] {
  return [
    `The new ${ordered} is taken into use when this server is started again.`,
    `Its fingerprint is now:  ${id}`,
    `and will be:             ${nextId}`,
  ];
}
