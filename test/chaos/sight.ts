import {
  at,
  flagAt,
  isJsonObject,
  type JsonObject,
  listAt,
  textAt,
  textMapAt,
} from '../../src/model/json.ts';
import { lastUpdateKey } from '../../src/rollout/update-record.ts';
import { type FleetPolicy, readPolicy } from './oracle.ts';

/** Under which everybody but the controller says who wrote a version. */
export const writerMark = 'chaos.example/writer';

/** What counts of one version of a workload. */
export interface Sight {
  readonly uid: string;
  /** `Kind/namespace/name` */
  readonly name: string;
  readonly image: string;
  readonly policy: FleetPolicy;
  readonly suspended: boolean;
  readonly paused: boolean;
  readonly restartedAt: string | undefined;
  readonly lastUpdate: string | undefined;
  /** The tool that wrote last, without the controller. */
  readonly writer: string | undefined;
  /** Everything that the controller may never change, as one text. */
  readonly rest: string;
}

const restartedAtKey = 'kubectl.kubernetes.io/restartedAt';
const own = new Set([lastUpdateKey, 'kubernetes.io/change-cause']);

/** Reads a workload of the fleet. */
export function sightOf(object: JsonObject): Sight {
  const annotations = textMapAt(object, 'metadata', 'annotations');
  const template = templateOf(object);
  const name = [
    textAt(object, 'kind'),
    textAt(object, 'metadata', 'namespace'),
    textAt(object, 'metadata', 'name'),
  ];
  return {
    uid: textAt(object, 'metadata', 'uid') ?? '',
    name: name.join('/'),
    image: textAt(listAt(template, 'spec', 'containers')[0], 'image') ?? '',
    policy: readPolicy(annotations['plimsoll.dev/policy']),
    suspended: annotations['plimsoll.dev/suspend'] === 'true',
    paused: flagAt(object, 'spec', 'paused') === true,
    restartedAt: textMapAt(template, 'metadata', 'annotations')[restartedAtKey],
    lastUpdate: annotations[lastUpdateKey],
    writer: annotations[writerMark]?.split('#')[0],
    rest: restOf(object),
  };
}

/** The pod template, wherever the kind has it. */
function templateOf(object: JsonObject): unknown {
  return at(object, 'spec', 'jobTemplate', 'spec', 'template') ?? at(object, 'spec', 'template');
}

function restOf(object: JsonObject): string {
  const annotations = Object.entries(textMapAt(object, 'metadata', 'annotations')).filter(
    ([key]) => !own.has(key),
  );
  const labels = at(object, 'metadata', 'labels');
  // A template without annotations gains the map by the first restart.
  return JSON.stringify(
    [labels, annotations.map((entry) => entry.join('=')).toSorted(), object['spec']],
    (key, value: unknown) => {
      if (key === 'image') return undefined;
      if (key !== 'annotations' || !isJsonObject(value)) return value;
      const { [restartedAtKey]: _restarted, ...others } = value;
      return Object.keys(others).length === 0 ? undefined : others;
    },
  );
}
