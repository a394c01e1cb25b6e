import type { Benchmark } from './benchmark.ts';
import { measureThroughput } from './throughput.ts';

export const checkouts: Benchmark = {
  name: 'checkouts',
  title: 'Durable checkouts over TLS, one request in flight on each connection',
  run: () => measureThroughput('checkout'),
};
