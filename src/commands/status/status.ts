import { reportTracked } from '../tracked/tracked-report.ts';
import { showCommand } from '../tracked/show-command.ts';
import { statusLines } from './status-lines.ts';
import { statusTable } from './status-table.ts';

/** `plimsoll status`: what the controller says of the containers that it follows. */
export const statusCommand = showCommand({
  name: 'status',
  purpose:
    'Says how the tracked containers of a namespace stand, as the controller last told it: a table of all, or everything that is known of one workload.',
  examples: [
    { what: 'every tracked container of a namespace', line: 'status -n shop' },
    { what: 'everything that is known of one workload', line: 'status deployment/web' },
    { what: 'the whole cluster, as it changes', line: 'status -A --watch' },
  ],
  watchable: true,
  data: (images) => ({ containers: images.map(reportTracked) }),
  lines: (images, { named, everywhere, colour }) =>
    named
      ? images.flatMap((image, index) => [
          ...(index === 0 ? [] : ['']),
          ...statusLines(reportTracked(image), colour),
        ])
      : statusTable(images.map(reportTracked), { everywhere, colour }),
});
