import { approve } from './approve.ts';
import { check } from './check.ts';
import { hold, resume } from './hold.ts';
import { retry } from './retry.ts';
import { rollback } from './rollback.ts';
import { skip } from './skip.ts';

/** Every command by which people steer a tracked container, by its name. */
export const handles = { check, hold, resume, approve, skip, retry, rollback } as const;

/** The name of one of {@link handles}. */
export type HandleName = keyof typeof handles;
