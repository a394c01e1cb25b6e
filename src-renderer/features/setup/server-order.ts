/** With the server at a rank at another one. */
export function movedTo(order: readonly string[], rank: number, to: number): string[] {
  const [server] = order.slice(rank, rank + 1);
  if (server === undefined) return [...order];
  return order.toSpliced(rank, 1).toSpliced(Math.min(Math.max(to, 0), order.length - 1), 0, server);
}
