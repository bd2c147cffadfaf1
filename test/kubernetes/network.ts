import { writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';

/** The address of the node. Pods reach the machine, and so the registry, by it. */
export const nodeAddress = '10.99.0.1';

/** The range of Services; its first address is the API server as a pod sees it. */
export const serviceRange = '10.0.0.0/24';
const apiServerAddress = '10.0.0.1';

/**
 * Brings up the network of a fresh network namespace: the loopback and a device with the node's address.
 *
 * There is no default route: with one that leads nowhere the kubelet waits half a minute on it.
 */
export function setUpNetwork(): void {
  ip('link set lo up');
  // A pair with both ends here stands for a network card; the kernels of small machines have no dummy device.
  ip('link add node0 type veth peer name node0-peer');
  ip(`address add ${nodeAddress}/24 dev node0`);
  ip('link set node0 up');
  ip('link set node0-peer up');
  ip(`route add ${serviceRange} dev node0`);
}

/** Leads 10.0.0.1:443, the address of in-cluster configuration, to the API server on the loopback; there is no kube-proxy. */
export function routeServiceToApiServer(port: number): void {
  // Packets from pods may be sent on to a loopback address only when the kernel is told so.
  writeFileSync('/proc/sys/net/ipv4/conf/all/route_localnet', '1');
  for (const chain of ['PREROUTING', 'OUTPUT']) {
    const rule = `-A ${chain} -d ${apiServerAddress} -p tcp --dport 443 -j DNAT --to-destination 127.0.0.1:${port}`;
    execFileSync('iptables', ['-w', '-t', 'nat', ...rule.split(' ')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}

/** A TCP port of the loopback that nobody listens on at the moment of asking. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
}

function ip(command: string): void {
  execFileSync('ip', command.split(' '), { stdio: ['ignore', 'ignore', 'inherit'] });
}
