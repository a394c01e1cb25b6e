import type { Benchmark } from './benchmark.ts';
import { measureThroughput } from './throughput.ts';

export const renewals: Benchmark = {
  name: 'renewals',
  title: 'Renewals over TLS, each with a new token, one in flight on each connection',
  run: () => measureThroughput('renew'),
};
