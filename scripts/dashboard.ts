/** Writes the Grafana dashboard from `scripts/dashboard/panels.ts`: `npm run dashboard`. */
import { writeFileSync } from 'node:fs';
import { dashboard } from './dashboard/grafana.ts';

const path = new URL('../manifests/monitoring/dashboard/plimsoll.json', import.meta.url);
writeFileSync(path, `${JSON.stringify(dashboard(), null, 2)}\n`);
