import { describe, expect, it } from 'vitest';
import {
  type Interfaces,
  orderForClient,
} from '../../../src-main/node/serving/client-addresses.ts';

function at(cidr: string): NonNullable<Interfaces[string]>[number] {
  const [address = ''] = cidr.split('/');
  const rest = { netmask: '', mac: '', internal: false, address, cidr };
  return address.includes(':')
    ? { ...rest, family: 'IPv6', scopeid: 0 }
    : { ...rest, family: 'IPv4' };
}

/** A host with a network between the servers, and one for clients of either kind. */
const interfaces = {
  lo: [at('127.0.0.1/8')],
  hb: [at('10.90.0.2/24')],
  lan: [at('10.91.2.1/24'), at('2001:db8:2::1/64')],
};

const other = ['10.90.0.1:7470', '[2001:db8:2::9]:7470', '10.91.1.1:7470', 'srv-a:7470'];

describe('the addresses of a server, for a client', () => {
  it('have those last that are in a network by which the client did not come', () => {
    expect(orderForClient(other, '10.91.2.1', interfaces)).toEqual([
      '10.91.1.1:7470',
      'srv-a:7470',
      '10.90.0.1:7470',
      '[2001:db8:2::9]:7470',
    ]);
  });

  it('have those first that are in the network by which the client came', () => {
    expect(orderForClient(other, '10.90.0.2', interfaces)[0]).toBe('10.90.0.1:7470');
    expect(orderForClient(other, '2001:db8:2::1', interfaces)[0]).toBe('[2001:db8:2::9]:7470');
  });

  it('begin with the very address that it came by', () => {
    const own = ['srv-b:7470', '10.90.0.2:7470', '10.91.2.1:7470'];
    expect(orderForClient(own, '10.91.2.1', interfaces)[0]).toBe('10.91.2.1:7470');
  });

  it('keep the order that an admin gave where nothing speaks against it', () => {
    const set = ['lic-a.example.com:443', '198.51.100.7:7470', 'srv-a:7470'];
    expect(orderForClient(set, '10.91.2.1', interfaces)).toEqual(set);
    expect(orderForClient(other, '', interfaces)).toEqual(other);
  });

  it('are all alike for a client on this host', () => {
    const both = ['10.90.0.1:7470', '10.91.2.9:7470'];
    expect(orderForClient(both, '127.0.0.1', interfaces)).toEqual(both);
  });
});
