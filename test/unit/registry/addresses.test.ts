import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { mayReach, narrower } from '../../../src/registry/address-policy.ts';
import { zoneOf, type Zone } from '../../../src/registry/addresses.ts';

const zones: Readonly<Record<Zone, readonly string[]>> = {
  public: ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2600::1', '::ffff:8.8.8.8', '64:ff9b::808:808'],
  private: [
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    'fd12::1',
    '::ffff:10.0.0.1',
  ],
  loopback: [
    '127.0.0.1',
    '127.255.255.254',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '2002:7f00:1::',
    '64:ff9b::7f00:1',
  ],
  forbidden: [
    '169.254.169.254',
    '0.0.0.0',
    '0.1.2.3',
    '100.100.100.200',
    '168.63.129.16',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'ff02::1',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    'fd00:42::42',
    '::ffff:0:169.254.169.254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::169.254.169.254',
    '2001:0:0:0:0:0:5601:5601',
  ],
};

suite('the zone of an address', () => {
  for (const [zone, addresses] of Object.entries(zones)) {
    for (const address of addresses) {
      test(`of ${address} is ${zone}`, () => {
        assert.equal(zoneOf(address), zone);
        if (address.includes(':')) assert.equal(zoneOf(`[${address}]`), zone);
      });
    }
  }

  test('of a name is unknown', () => {
    assert.equal(zoneOf('registry.example.com'), undefined);
  });
});

suite('the reach of a connection', () => {
  test('grows from the internet to the own network to the own machine', () => {
    const reachable = (reach: Parameters<typeof mayReach>[0]) =>
      (['public', 'private', 'loopback', 'forbidden'] as const).filter((zone) => mayReach(reach, zone));
    assert.deepEqual(reachable('public'), ['public']);
    assert.deepEqual(reachable('private'), ['public', 'private']);
    assert.deepEqual(reachable('loopback'), ['public', 'private', 'loopback']);
    assert.deepEqual(reachable('any'), ['public', 'private', 'loopback', 'forbidden']);
  });

  test('is the narrower of two', () => {
    assert.equal(narrower('any', 'private'), 'private');
    assert.equal(narrower('public', 'loopback'), 'public');
  });
});
